"""The stages of a whole run, a few steps each, on a tiny model: what one writes the next one reads."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml

from omniguard_training.actions import ACTIONS
from omniguard_training.config import parse_config
from omniguard_training.evaluate import evaluate_stage
from omniguard_training.grpo import grpo_stage
from omniguard_training.gguf_export import export_stage
from omniguard_training.merge import merge_stage
from omniguard_training.pretrain import pretrain_stage, train_tokenizer_stage
from omniguard_training.rows import Row
from omniguard_training.run import Inputs, Run
from omniguard_training.sft import sft_stage
from omniguard_training.teacher import teacher_stage


SCRATCH = Path(__file__).resolve().parents[1] / "configs" / "scratch.yaml"


def write_rows(rows: list[Row], target: Path) -> None:
    lines = [
        {
            "id": row.id, "source": row.source, "group": row.group, "split": "train", "kind": row.kind, "label": "malicious" if row.malicious else "benign",
            "vector": row.vector, "body": row.body, "fitting": ACTIONS[row.fitting], "rewards": row.rewards, "acceptable": [ACTIONS[a] for a in row.acceptable],
        }
        for row in rows
    ]  # fmt: skip
    target.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize("scope", ["all", "adapter"])
def test_a_run_from_nothing_to_files(rows: list[Row], tmp_path: Path, scope: str) -> None:
    document = copy.deepcopy(yaml.safe_load(SCRATCH.read_text(encoding="utf-8")))
    document["holdout"] = 0.3
    document["model"] = {"hidden_size": 32, "intermediate_size": 64, "layers": 2, "heads": 2, "context_length": 1024}
    document["tokenizer"]["vocab_size"] = 700
    document["lora"] = {"rank": 4, "alpha": 8}
    document["teacher"] = {"folds": 2, "epochs": 1, "learning_rate": 0.5, "batch": 8}
    document["pretrain"] |= {"epochs": 1, "batch_tokens": 4096}
    document["sft"] |= {"epochs": 1, "batch_tokens": 1024, "scope": scope, "evaluations": 2}
    document["grpo"] |= {"epochs": 1, "batch_tokens": 1024, "evaluations": 1}
    write_rows(rows[:20], tmp_path / "rows.jsonl")
    inputs = Inputs((tmp_path / "rows.jsonl",), (), {"again": tmp_path / "rows.jsonl"}, {"unseen": tmp_path / "rows.jsonl"})
    run = Run(parse_config(document), inputs, tmp_path / "runs")
    run.directory.mkdir(parents=True)
    for stage in (train_tokenizer_stage, pretrain_stage, teacher_stage, sft_stage, grpo_stage, merge_stage, export_stage, evaluate_stage):
        stage(run)
    points = [json.loads(line) for line in run.history_path.read_text(encoding="utf-8").splitlines()]
    assert {point["stage"] for point in points} == {"pretrain", "sft", "grpo"}
    assert {"reward_unseen", "expected_reward_unseen", "threat_awareness_unseen"} <= set(points[-1])
    assert {"reward_mean", "env_step_reward_mean", "threat_awareness_mean", "kl", "clip_ratio"} <= set().union(*points)
    evaluation = json.loads((run.directory / "evaluation.json").read_text(encoding="utf-8"))
    assert set(evaluation) == {"again", "held-out groups"}
    assert evaluation["again"]["sft"]["kl"] == pytest.approx(0.0, abs=1e-6)
    assert all((run.exports / f"scratch-{suffix}.gguf").exists() for suffix in ("base", "omniguard"))
