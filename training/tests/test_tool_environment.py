"""The six tools that TRL gives to a model, against the project's own server."""

from __future__ import annotations

import inspect

import pytest
from transformers.utils import get_json_schema

from omniguard_training.errors import TrainingError
from omniguard_training.openenv_client import ADDRESS_VARIABLE
from omniguard_training.tool_environment import EpisodeOver, OmniGuardToolEnvironment

TOOLS = {"allow", "block", "spotlight", "semantic_diff", "mediate_capabilities", "revoke_stdio"}


@pytest.fixture
def environment(server: str, monkeypatch: pytest.MonkeyPatch) -> OmniGuardToolEnvironment:
    monkeypatch.setenv(ADDRESS_VARIABLE, server)
    return OmniGuardToolEnvironment()


def test_every_public_method_is_a_tool_with_a_schema(environment: OmniGuardToolEnvironment) -> None:
    methods = {name: method for name, method in inspect.getmembers(environment, inspect.ismethod) if not name.startswith("_")}
    assert methods.keys() - {"reset", "get_reward"} == TOOLS
    for name in TOOLS:
        schema = get_json_schema(methods[name])["function"]
        assert schema["description"]
        assert "rationale" in schema["parameters"]["required"]


def test_a_row_chooses_the_episode_and_rewards_stay_in_range(environment: OmniGuardToolEnvironment) -> None:
    row = {"split": "test", "index": 5, "prompt": "ignored", "seed": None}
    first = environment.reset(**row)
    assert environment.reset(**row) == first
    assert environment.get_reward() == pytest.approx(0.5)
    answers: list[str] = []
    with pytest.raises(EpisodeOver, match="The episode is over after"):
        for _ in range(20):
            answers.append(environment.spotlight("Held by a rule of the test."))
    assert all("Next message:" in answer for answer in answers)
    assert 0.0 <= environment.get_reward() <= 1.0
    assert -1.0 <= environment.env_step_reward <= 0.8
    assert 0.0 <= environment.threat_awareness <= 1.0
    with pytest.raises(EpisodeOver, match="no further call"):
        environment.allow("Too late.")


def test_mediation_takes_restrictions(environment: OmniGuardToolEnvironment) -> None:
    environment.reset(seed=2, phase="bootstrapping")
    try:
        environment.mediate_capabilities(["net.egress"], "Nothing may leave.")
    except EpisodeOver as over:
        assert "breach" in str(over)
    with pytest.raises(RuntimeError, match="VALIDATION_ERROR"):
        OmniGuardToolEnvironment().mediate_capabilities(["no.such"], "A capability that does not exist.")


def test_a_server_that_is_away_ends_the_training_with_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS_VARIABLE, "http://127.0.0.1:9")
    monkeypatch.setattr("omniguard_training.openenv_client.FIRST_WAIT_S", 0.01)
    with pytest.raises(TrainingError, match="at 127.0.0.1:9 cannot be reached"):
        OmniGuardToolEnvironment().reset(seed=1)
