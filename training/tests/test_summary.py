"""The results table and what calibration reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omniguard_training.actions import ACTIONS
from omniguard_training.calibrate import write_calibration_rows
from omniguard_training.rows import Row
from omniguard_training.summary import MEASURES, markdown, results


def figures(reward: float) -> dict[str, float]:
    return {"overall_reward": reward + 0.3, "mean_reward": reward, "threat_awareness": 0.9, "kl": 0.02, "recall": 1.0}


def test_the_table_holds_the_measures_of_the_models_that_are_there() -> None:
    table = results({"unseen": {"base": figures(-0.2), "sft": figures(0.1), "defender (expected policy)": figures(0.2), "grpo (TRL, server)": figures(0.15)}})
    assert list(table["unseen"]) == ["base", "warm_start", "trained", "trl_server"]
    assert set(table["unseen"]["trained"]) == set(MEASURES)
    assert table["unseen"]["trained"]["overall_reward"] == pytest.approx(0.5)
    text = markdown(table)
    assert "| measure | base | warm_start | trained | trl_server |" in text
    assert "| environment step reward | -0.200 | 0.100 | 0.200 | 0.150 |" in text


def test_calibration_reads_bodies_and_fitting_actions(rows: list[Row], tmp_path: Path) -> None:
    write_calibration_rows(rows[:3], tmp_path / "rows.jsonl")
    written = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert written == [{"body": row.body, "fitting": ACTIONS[row.fitting]} for row in rows[:3]]
