"""Rows, splits, batches and figures."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omniguard_training.batching import draw_epoch, length_buckets
from omniguard_training.cli import main
from omniguard_training.errors import TrainingError
from omniguard_training.metrics import expected_calibration_error, macro_f1, score
from omniguard_training.rows import Row, load_rows, split_by_group
from omniguard_training.telemetry import History, forget_stage

VALID: dict[str, Any] = {
    "id": "1",
    "source": "generator",
    "group": "g",
    "split": "train",
    "kind": "call",
    "label": "malicious",
    "vector": "ssrf",
    "body": "tool: fetch",
    "fitting": "CAPABILITY_MEDIATION",
    "acceptable": ["BLOCK", "CAPABILITY_MEDIATION"],
    "rewards": [-1, 0.4, 0.4, -1, 0.5, 0.3],
}


def write(path: Path, *values: Any) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def test_a_valid_row_is_read(tmp_path: Path) -> None:
    (row,) = load_rows([write(tmp_path / "rows.jsonl", VALID)])
    assert row.malicious
    assert row.fitting == 4
    assert row.acceptable == (1, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "bad"}, "rows.jsonl:2: `label`"),
        ({"rewards": [1, 2]}, "rows.jsonl:2: `rewards`"),
        ({"rewards": [1, 2, 3, 4, 5, float("nan")]}, "rows.jsonl:2: `rewards`"),
        ({"acceptable": []}, "rows.jsonl:2: `acceptable`"),
        ({"fitting": "DENY"}, "rows.jsonl:2: `fitting` holds 'DENY'"),
        ({"body": 3}, "rows.jsonl:2: `body`"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        load_rows([write(tmp_path / "rows.jsonl", VALID, {**VALID, **change})])


def test_groups_never_cross_the_split(rows: list[Row]) -> None:
    training, held_out = split_by_group(rows, 0.3)
    assert held_out
    assert len(training) + len(held_out) == len(rows)
    assert not {row.group for row in training} & {row.group for row in held_out}


def test_weights_repeat_and_drop_rows(rows: list[Row]) -> None:
    drawn = draw_epoch(rows, {"command_injection": 2.0, "none": 0.0}, random.Random(1))
    assert len(drawn) == sum(row.malicious for row in rows) * 2
    assert all(row.malicious for row in drawn)


def test_buckets_hold_every_row_once_within_the_budget() -> None:
    lengths = [random.Random(index).randint(5, 300) for index in range(200)]
    batches = length_buckets(lengths, 1000, random.Random(2))
    assert sorted(index for batch in batches for index in batch) == list(range(200))
    assert all(len(batch) == 1 or max(lengths[index] for index in batch) * len(batch) <= 1000 for batch in batches)


def test_scores_of_known_answers(rows: list[Row]) -> None:
    chosen = [0 if not row.malicious else (1 if index % 4 == 1 else 0) for index, row in enumerate(rows)]
    probabilities = np.eye(6)[chosen]
    scores = score(rows, probabilities, np.ones(len(rows)))
    assert scores.recall == pytest.approx(0.5)
    assert scores.false_positive_rate == 0
    assert scores.acceptable == pytest.approx(0.75)
    assert scores.exact == pytest.approx(0.5)
    assert scores.mean_reward == pytest.approx(0.5 * 0.22 + 0.25 * 0.35 - 0.25)
    assert scores.ece == pytest.approx(0.25)


def test_calibration_error_of_a_calibrated_and_an_overconfident_answer() -> None:
    confidence = np.full(1000, 0.7)
    correct = np.array([1.0] * 700 + [0.0] * 300)
    random.Random(3).shuffle(correct)
    assert expected_calibration_error(confidence, correct, bins=1) == pytest.approx(0.0)
    assert expected_calibration_error(np.full(1000, 1.0), correct, bins=1) == pytest.approx(0.3)


def test_macro_f1_leaves_absent_actions_out() -> None:
    assert macro_f1(np.array([0, 1, 1]), np.array([0, 1, 0])) == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_a_repeated_stage_replaces_its_curve(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for stage in ("sft", "grpo"):
        with History(path, stage) as history:
            history.log(1, loss=2.0, kl=float("nan"))
    forget_stage(path, "sft")
    points = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [point["stage"] for point in points] == ["grpo"]
    assert points[0]["loss"] == 2.0
    assert "kl" not in points[0]


def test_bad_input_ends_with_two_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sft", "--config", str(tmp_path / "none.yaml"), "--runs", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
