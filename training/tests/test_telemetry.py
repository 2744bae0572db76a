"""Curves lose nothing, and Weights & Biases gets the same points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omniguard_training.telemetry import History, forget_stage, start_wandb


class Mirror:
    def __init__(self) -> None:
        self.points: list[dict[str, float]] = []
        self.code: int | None = None

    def log(self, points: dict[str, float]) -> None:
        self.points.append(points)

    def finish(self, exit_code: int) -> None:
        self.code = exit_code


def test_points_are_finite_and_mirrored(tmp_path: Path) -> None:
    path, mirror = tmp_path / "history.jsonl", Mirror()
    with History(path, "grpo", mirror) as history:
        history.log(1, loss=0.5, kl=float("nan"))
    (point,) = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert point["stage"] == "grpo" and point["step"] == 1 and point["loss"] == 0.5 and "kl" not in point
    assert mirror.points == [{"grpo/loss": 0.5, "grpo/step": 1}]
    assert mirror.code == 0


def test_a_failed_stage_is_marked_as_failed(tmp_path: Path) -> None:
    mirror = Mirror()
    with pytest.raises(RuntimeError), History(tmp_path / "history.jsonl", "grpo", mirror):
        raise RuntimeError
    assert mirror.code == 1


def test_a_repeated_stage_does_not_show_twice(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for stage in ("sft", "grpo"):
        with History(path, stage) as history:
            history.log(1, loss=1.0)
    forget_stage(path, "grpo")
    assert [json.loads(line)["stage"] for line in path.read_text(encoding="utf-8").splitlines()] == ["sft"]


def test_without_a_key_weights_and_biases_writes_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    with History(tmp_path / "history.jsonl", "sft", start_wandb("omniguard", "nano-sft", tmp_path, {"seed": 1})) as history:
        history.log(1, loss=0.5)
    assert list(tmp_path.rglob("*.wandb"))
