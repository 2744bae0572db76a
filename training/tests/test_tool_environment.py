"""The six tools that TRL gives to a model, against the project's own server."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
from environment_server import environment_server
from transformers.utils import get_json_schema

from omniguard_training.tool_environment import ADDRESS_VARIABLE, EpisodeOver, OmniGuardToolEnvironment

TOOLS = {"allow", "block", "spotlight", "semantic_diff", "mediate_capabilities", "revoke_stdio"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with environment_server("--workers", "1") as server:
        yield server


@pytest.fixture
def environment(address: str, monkeypatch: pytest.MonkeyPatch) -> OmniGuardToolEnvironment:
    monkeypatch.setenv(ADDRESS_VARIABLE, address)
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
