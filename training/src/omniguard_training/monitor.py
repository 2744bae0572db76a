"""Evaluation in the loop: held-out groups and watched row files, what the curves show of them, and when to stop."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from peft import PeftModel
from transformers import LlamaForCausalLM

from omniguard_training.metrics import Scores, score
from omniguard_training.predict import predict
from omniguard_training.rows import load_rows
from omniguard_training.run import EncodedRow, Run

HELD_OUT_ROWS = 250
WATCHED_ROWS = 120


def sample(run: Run, rows: Sequence[EncodedRow], count: int) -> list[EncodedRow]:
    """A fixed random part of the rows, small enough to be scored often."""
    chosen = list(rows)
    random.Random(run.config.seed).shuffle(chosen)
    return chosen[:count]


@dataclass(frozen=True)
class Watch:
    """Row sets that a stage scores from time to time. None of them is trained on."""

    held_out: list[EncodedRow]
    watched: Mapping[str, list[EncodedRow]]
    """Named files, e.g. one for each phase of the curriculum on unseen servers."""

    @staticmethod
    def of(run: Run) -> Watch:
        return Watch(
            held_out=sample(run, run.encode(run.split[1]), HELD_OUT_ROWS),
            watched={name: sample(run, run.encode(load_rows([path])), WATCHED_ROWS) for name, path in run.inputs.watch.items()},
        )


def evaluate_rows(run: Run, model: LlamaForCausalLM | PeftModel, rows: Sequence[EncodedRow]) -> Scores:
    """Scores of the greedy policy on encoded rows."""
    predictions = predict(model, run.encoder, [entry.rest for entry in rows], dtype=run.dtype)
    return score([entry.row for entry in rows], np.exp(predictions.log_probabilities), predictions.mass)


def held_out_metrics(scores: Scores) -> dict[str, float]:
    """The names under which the dashboard shows held-out figures."""
    return {
        "env_reward": scores.mean_reward,
        "held_out_recall": scores.recall,
        "false_positive_rate": scores.false_positive_rate,
        "acceptable": scores.acceptable,
        "ece": scores.ece,
        "nll": scores.nll,
        "label_mass": scores.label_mass,
    }


def watched_metrics(name: str, scores: Scores) -> dict[str, float]:
    """Figures of one watched file, each name ending in the file's."""
    return {
        f"reward_{name}": scores.mean_reward,
        f"expected_reward_{name}": scores.expected_reward,
        f"threat_awareness_{name}": scores.threat_awareness,
    }


class Judge:
    """Scores a model, says in one line how it stands, and keeps track of the best."""

    def __init__(self, run: Run, stage: str, watch: Watch, patience: int, value: Callable[[Scores], float]) -> None:
        self._run = run
        self._stage = stage
        self._watch = watch
        self._patience = patience
        self._value = value
        self._best = -float("inf")
        self._since = 0

    def look(self, step: int, model: LlamaForCausalLM | PeftModel) -> tuple[bool, dict[str, float]]:
        """(whether the model is the best so far, points for the curves)."""
        scores = evaluate_rows(self._run, model, self._watch.held_out)
        points = held_out_metrics(scores)
        for name, rows in self._watch.watched.items():
            points |= watched_metrics(name, evaluate_rows(self._run, model, rows))
        rewards = " ".join(f"{name} {points[f'reward_{name}']:.3f}" for name in self._watch.watched)
        print(
            f"{self._stage} step {step}: reward {scores.mean_reward:.3f} recall {scores.recall:.3f} fpr {scores.false_positive_rate:.3f} "
            f"acceptable {scores.acceptable:.3f} nll {scores.nll:.3f} ece {scores.ece:.3f} {rewards}",
            flush=True,
        )
        better = self._value(scores) > self._best
        self._best = max(self._best, self._value(scores))
        self._since = 0 if better else self._since + 1
        return better, points

    @property
    def exhausted(self) -> bool:
        """No evaluation was better than the best for `patience` times in a row."""
        return self._patience > 0 and self._since >= self._patience
