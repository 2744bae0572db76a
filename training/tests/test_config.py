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
    return copy.deepcopy(yaml.safe_load(NANO.with_name("scratch.yaml").read_text(encoding="utf-8")))


def test_the_shipped_configurations_are_valid() -> None:
    nano, scratch = load_config(NANO), load_config(NANO.with_name("scratch.yaml"))
    assert (nano.run, scratch.run) == ("nano", "scratch")
    assert nano.cut is not None and nano.model is None
    assert scratch.cut is None and scratch.model is not None


@pytest.mark.parametrize("name", ["small", "full"])
def test_the_configurations_of_pretrained_bases_are_valid(name: str) -> None:
    config = load_config(NANO.with_name(f"{name}.yaml"))
    assert config.pretrained is not None
    assert config.model is None and config.pretrain is None
    assert (config.grpo_openenv is not None) == (name == "full")


def test_a_base_is_either_fresh_or_pretrained(document: dict[str, Any]) -> None:
    both = document | {"pretrained": {"source": "a/b", "revision": "main", "unsloth": False}}
    with pytest.raises(TrainingError, match="the base is given by"):
        parse_config(both)
    document.pop("model")
    with pytest.raises(TrainingError, match="the base is given by"):
        parse_config(document)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("sft", "epochs"), "three", "sft.epochs must be of type int"),
        (("sft", "epochs"), True, "sft.epochs must be of type int"),
        (("sft", "scope"), "some", "sft.scope must be all or adapter"),
        (("precision",), "fp8", "precision must be fp32 or bf16"),
        (("grpo_trl", "report_to"), "wandb", "grpo_trl.report_to must be a list"),
        (("grpo_trl", "report_to"), [1], "report_to\\[0\\] must be of type str"),
        (("sft", "colour"), 1, "unknown setting sft.colour"),
        (("typo",), 1, "unknown setting typo"),
        (("model",), 3, "model must be a mapping"),
        (("model", "heads"), 5, "multiple of model.heads"),
        (("max_tokens",), 100000, "max_tokens must not exceed"),
        (("holdout",), 0.9, "holdout must lie"),
        (("weights",), {"none": "a lot"}, "weights.none must be of type float"),
        (("export", "quantization"), "Q4_K_M", "export.quantization must be one of Q4_0, Q5_0, Q8_0, F32"),
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
