"""Stage `evaluate`: base, warm start, defender and TRL's references on row files that no stage trained on."""

from __future__ import annotations

import json

import numpy as np
from peft import PeftModel
from transformers import LlamaForCausalLM

from omniguard_training.errors import TrainingError
from omniguard_training.metrics import Scores, score
from omniguard_training.model import load_adapter, load_base
from omniguard_training.predict import predict
from omniguard_training.rows import Row, load_rows
from omniguard_training.run import Run

COLUMNS = (
    ("reward", "mean_reward"),
    ("recall", "recall"),
    ("FPR", "false_positive_rate"),
    ("FPR hard", "hard_negative_rate"),
    ("acceptable", "acceptable"),
    ("macro-F1", "macro_f1"),
    ("ECE", "ece"),
    ("label mass", "label_mass"),
)


def candidates(run: Run) -> dict[str, LlamaForCausalLM | PeftModel]:
    """The models of the run that exist already."""
    models: dict[str, LlamaForCausalLM | PeftModel] = {"base": load_base(run.base)}
    if (run.warm / "config.json").exists():
        models["sft"] = load_base(run.warm)
    if (run.trl / "adapter" / "adapter_config.json").exists():
        models["grpo (TRL, sampled)"] = load_adapter(run.warm, run.trl / "adapter", trainable=False)
    if (run.openenv / "adapter" / "adapter_config.json").exists():
        models["grpo (TRL, server)"] = load_adapter(run.warm, run.openenv / "adapter", trainable=False)
    if (run.defender / "adapter_config.json").exists():
        models["defender (expected policy)"] = load_adapter(run.warm, run.defender, trainable=False)
    return models


def table(name: str, results: dict[str, Scores]) -> str:
    """A Markdown table, one line a model."""
    lines = [f"### {name}", "", "| model | rows | " + " | ".join(title for title, _ in COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
    for model, scores in results.items():
        values = scores.as_dict()
        lines.append(f"| {model} | {scores.rows} | " + " | ".join(f"{values[key]:.3f}" for _, key in COLUMNS) + " |")
    return "\n".join(lines) + "\n"


def vector_recall(rows: list[Row], probabilities: np.ndarray) -> dict[str, dict[str, float]]:
    """For each vector: rows, share not answered with ALLOW, share answered acceptably."""
    chosen = probabilities.argmax(axis=1)
    figures: dict[str, dict[str, float]] = {}
    for vector in sorted({row.vector for row in rows}):
        members = [index for index, row in enumerate(rows) if row.vector == vector]
        figures[vector] = {
            "rows": len(members),
            "stopped": float(np.mean([chosen[index] != 0 for index in members])),
            "acceptable": float(np.mean([chosen[index] in rows[index].acceptable for index in members])),
        }
    return figures


def divergence(policy: np.ndarray, reference: np.ndarray) -> float:
    """Mean KL(policy || reference) over rows of log-probabilities, (rows, 6) each, nats."""
    return float((np.exp(policy) * (policy - reference)).sum(axis=1).mean())


def evaluate_stage(run: Run) -> None:
    """Scores every model of the run on every file given with --eval, the held-out training groups included."""
    sets: dict[str, list[Row]] = {name: load_rows([path]) for name, path in run.inputs.evaluate.items()}
    if run.inputs.train:
        sets["held-out groups"] = run.split[1]
    if not sets:
        raise TrainingError("nothing to evaluate; pass --eval NAME=FILE.jsonl")
    document: dict[str, object] = {}
    tables: list[str] = []
    models = candidates(run)
    for name, all_rows in sets.items():
        encoded = run.encode(all_rows)
        rows = [entry.row for entry in encoded]
        rests = [entry.rest for entry in encoded]
        results: dict[str, Scores] = {}
        details: dict[str, object] = {}
        answered = {label: predict(model, run.encoder, rests, dtype=run.dtype) for label, model in models.items()}
        reference = answered["sft" if "sft" in answered else "base"].log_probabilities
        for label, predictions in answered.items():
            probabilities = np.exp(predictions.log_probabilities)
            results[label] = score(rows, probabilities, predictions.mass)
            details[label] = {
                **results[label].as_dict(),
                "kl": divergence(predictions.log_probabilities, reference),
                "vectors": vector_recall(rows, probabilities),
            }
        document[name] = details
        tables.append(table(name, results))
        print(tables[-1], flush=True)
    (run.directory / "evaluation.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    (run.directory / "evaluation.md").write_text("\n".join(tables), encoding="utf-8")
