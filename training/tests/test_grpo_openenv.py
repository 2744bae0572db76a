"""TRL's own trainer against the project's own environment server, on a tiny model that answers with one token."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_model import learn_the_form_of_an_answer
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.config import parse_config
from omniguard_training.errors import TrainingError
from omniguard_training.evaluate import candidates
from omniguard_training.grpo_openenv import calls_tools, episode_rewards, grpo_openenv_stage, served_rewards
from omniguard_training.openenv_client import ADDRESS_VARIABLE
from omniguard_training.prompt import PromptLayout
from omniguard_training.rewards import NO_LABEL, REWARD_WEIGHTS
from omniguard_training.rows import Row
from omniguard_training.run import Inputs, Run
from omniguard_training.served_episodes import EpisodeStart, play_episodes
from omniguard_training.tokenizer import PromptEncoder, as_transformers, save_tokenizer

SCRATCH = Path(__file__).resolve().parents[1] / "configs" / "scratch.yaml"


@pytest.fixture
def document(layout: PromptLayout, tmp_path: Path) -> dict[str, Any]:
    names = {"version": layout.version, "prefix": layout.prefix, "tail": layout.tail, "labelPrefix": layout.label_prefix}
    (tmp_path / "layout.json").write_text(json.dumps({**names, "controlTokens": layout.control_tokens}), encoding="utf-8")
    document = copy.deepcopy(yaml.safe_load(SCRATCH.read_text(encoding="utf-8")))
    document |= {"layout": str(tmp_path / "layout.json"), "max_tokens": 1024, "lora": {"rank": 4, "alpha": 8}, "precision": "fp32", "threads": 1}
    document["grpo_trl"] |= {"steps": 2, "learning_rate": 1e-2, "prompts_per_step": 2, "num_generations": 4, "num_iterations": 1}
    return document


def begun(document: dict[str, Any], runs: Path, base: LlamaForCausalLM, tokenizer: Tokenizer) -> Run:
    """A run as the warm start leaves it."""
    run = Run(parse_config(document), Inputs(), runs)
    save_tokenizer(tokenizer, run.tokenizer)
    for directory in (run.base, run.warm):
        base.save_pretrained(directory)
    return run


def curves(run: Run) -> list[dict[str, float]]:
    points = [json.loads(line) for line in run.history_path.read_text(encoding="utf-8").splitlines()]
    return [{name: value for name, value in point.items() if name != "seconds"} for point in points]


def test_two_steps_against_the_server_change_the_adapter_and_can_be_repeated(
    server: str,
    document: dict[str, Any],
    base: LlamaForCausalLM,
    tokenizer: Tokenizer,
    encoder: PromptEncoder,
    rows: list[Row],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ADDRESS_VARIABLE, server)
    learn_the_form_of_an_answer(base, encoder, rows)
    first, second = (begun(document, tmp_path / name, base, tokenizer) for name in ("first", "second"))
    grpo_openenv_stage(first)
    grpo_openenv_stage(second)
    points = curves(first)
    assert points == curves(second)
    assert [point["step"] for point in points[:2]] == [1, 2]
    assert {point["stage"] for point in points} == {"grpo-openenv"}
    named = {"reward_mean", "reward_std", "env_step_reward_mean", "threat_awareness_mean", "format_mean", "kl", "entropy", "clip_ratio", "loss"}
    assert named <= set(points[0])
    assert points[0]["reward_std"] > 0
    assert any(point["grad_norm"] > 0 for point in points[:2])
    adapted = candidates(first)["grpo (TRL, server)"]
    assert any(parameter.abs().max() > 0 for name, parameter in adapted.named_parameters() if "lora_B" in name)


def test_rewards_are_what_the_server_pays(server: str) -> None:
    states = play_episodes(server, [EpisodeStart(4, "evasion_obfuscation", "train")], lambda bodies: [5] * len(bodies))
    environment, threat, form = served_rewards(server, states, [10, 11, 12, 13, 14, 15])
    assert [function.__name__ for function in served_rewards(server, states, [0] * 6)] == list(REWARD_WEIGHTS)
    for index in range(2):
        given = {"completion_ids": [[10], [99], [11], []], "state": [index] * 4, "prompts": []}
        allowed, no_label, blocked, empty = environment(**given)
        assert (no_label, empty) == (NO_LABEL, NO_LABEL)
        aware = threat(**given)
        assert aware[1] == aware[3] == 0.0
        assert sorted((aware[0], aware[2])) == [0.0, 1.0]
        assert (allowed > blocked) == (aware[0] > aware[2])
        assert form(**given) == [1.0, 0.0, 1.0, 0.0]


def test_what_cannot_be_trained_is_told_before_it_starts(
    document: dict[str, Any], base: LlamaForCausalLM, tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS_VARIABLE, "http://127.0.0.1:9")
    run = begun(document, tmp_path, base, tokenizer)
    with pytest.raises(TrainingError, match="at 127.0.0.1:9 cannot be reached"):
        grpo_openenv_stage(run)
    assert run.config.grpo_openenv is None
    episodes = dataclasses.replace(run.config, grpo_openenv=dataclasses.replace(run.config.grpo_trl, max_completion_length=64))
    with pytest.raises(TrainingError, match="max_completion_length must be 1"):
        grpo_openenv_stage(Run(episodes, Inputs(), tmp_path))


def test_a_base_calls_tools_when_its_chat_template_has_them(tokenizer: Tokenizer) -> None:
    converted = as_transformers(tokenizer)
    assert not calls_tools(converted)
    converted.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    assert not calls_tools(converted)
    converted.chat_template = "{% for tool in tools %}{{ tool }}{% endfor %}"
    assert calls_tools(converted)


def test_whole_episodes_are_rewarded_by_the_same_names() -> None:
    assert [function.__name__ for function in episode_rewards()] == list(REWARD_WEIGHTS)
