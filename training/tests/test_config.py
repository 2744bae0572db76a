"""Configuration errors name the setting."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from omniguard_training.config import load_config, parse_config
from omniguard_training.errors import TrainingError

NANO = Path(__file__).resolve().parents[1] / "configs" / "nano.yaml"


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load(NANO.read_text(encoding="utf-8")))


def test_the_shipped_configuration_is_valid() -> None:
    config = load_config(NANO)
    assert config.run == "nano"
    assert config.model.hidden_size // config.model.heads * config.model.heads == config.model.hidden_size


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("sft", "epochs"), "three", "sft.epochs must be of type int"),
        (("sft", "epochs"), True, "sft.epochs must be of type int"),
        (("sft", "colour"), 1, "unknown setting sft.colour"),
        (("typo",), 1, "unknown setting typo"),
        (("model",), 3, "model must be a mapping"),
        (("model", "heads"), 5, "multiple of model.heads"),
        (("max_tokens",), 100000, "max_tokens must not exceed"),
        (("holdout",), 0.9, "holdout must lie"),
        (("weights",), {"none": "a lot"}, "weights.none must be of type float"),
        (("export", "quantization"), "Q4_K_M", "export.quantization must be"),
    ],
)
def test_a_bad_setting_is_named(document: dict[str, Any], path: tuple[str, ...], value: Any, message: str) -> None:
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(TrainingError, match=message):
        parse_config(document)


def test_a_missing_setting_is_named(document: dict[str, Any]) -> None:
    del document["grpo"]["beta"]
    with pytest.raises(TrainingError, match="missing setting grpo.beta"):
        parse_config(document)


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot read the configuration"):
        load_config(tmp_path / "none.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("run: [", encoding="utf-8")
    with pytest.raises(TrainingError, match="not valid YAML"):
        load_config(broken)
