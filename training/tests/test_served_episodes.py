"""States and rewards of the environment server's episodes, against the project's own server."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from environment_server import environment_server
from openenv.core.generic_client import GenericEnvClient

from omniguard_training.actions import ACTIONS
from omniguard_training.errors import TrainingError
from omniguard_training.served_episodes import PHASES, EpisodeStart, ServedState, decision, episode_starts, outcomes, play_episodes

TOKEN = "s3cret"
TURNS = (5, 5, 1, 5, 2, 5)


def take_turns(bodies: Sequence[str]) -> list[int]:
    """Stops everything, in different ways that follow from the messages alone; most episodes last."""
    return [TURNS[len(body) % len(TURNS)] for body in bodies]


@pytest.fixture(scope="module")
def states(server: str) -> list[ServedState]:
    return play_episodes(server, episode_starts(20, 6, "train"), take_turns)


def test_episodes_are_whole_and_the_same_for_a_seed(server: str, states: list[ServedState]) -> None:
    assert play_episodes(server, episode_starts(20, 6, "train"), take_turns) == states
    assert play_episodes(server, episode_starts(23, 3, "train"), take_turns) == [state for state in states if state.start.seed >= 23]
    for start in episode_starts(20, 6, "train"):
        own = [state for state in states if state.start == start]
        assert [len(state.path) for state in own] == list(range(len(own)))
        assert all(after.path[:-1] == before.path for before, after in zip(own, own[1:]))
    assert {state.start.phase for state in states} == set(PHASES)
    assert all(state.body for state in states)


def test_each_action_earns_what_the_environment_says_it_is_worth_there(server: str, states: list[ServedState]) -> None:
    state = max(states, key=lambda candidate: len(candidate.path))
    assert len(state.path) > 2
    with GenericEnvClient(base_url=server).sync() as client:
        client.reset(**state.start.arguments())
        for earlier in state.path:
            client.step(earlier)
        info = client.step(decision(1, ())).metadata["info"]
    earned = outcomes(server, [(state, action) for action in range(len(ACTIONS))])
    assert [outcome.reward for outcome in earned] == pytest.approx([info["counterfactual"][name] for name in ACTIONS])
    assert {outcome.malicious for outcome in earned} == {info["truth"]["malicious"]}


def test_a_group_is_played_in_environments_of_its_own(server: str, states: list[ServedState]) -> None:
    group = [(states[5], action) for action in (0, 1, 1, 0, 4, 5)] * 4
    assert outcomes(server, group) == outcomes(server, group[:6]) * 4
    assert outcomes(server, []) == []


def test_a_mediation_takes_away_what_the_gateway_would(states: list[ServedState]) -> None:
    state = next(state for state in states if state.restrictions)
    assert decision(ACTIONS.index("CAPABILITY_MEDIATION"), state.restrictions)["mcp_restrictions"] == list(state.restrictions)
    assert "mcp_restrictions" not in decision(0, state.restrictions)


def test_another_episode_than_before_is_noticed(server: str, states: list[ServedState]) -> None:
    with pytest.raises(TrainingError, match="plays another episode than before"):
        outcomes(server, [(dataclasses.replace(states[0], body="another"), 0)])


def test_a_server_that_is_away_is_named_without_its_token() -> None:
    with pytest.raises(TrainingError, match="at 127.0.0.1:9 cannot be reached .*npm run serve") as caught:
        play_episodes(f"http://any:{TOKEN}@127.0.0.1:9", episode_starts(0, 1, "train"), take_turns)
    assert TOKEN not in str(caught.value)


def test_a_server_that_is_full_says_so() -> None:
    with environment_server("--workers", "1", "--capacity", "2") as address:
        assert play_episodes(address, episode_starts(0, 2, "train"), take_turns)
        with pytest.raises(TrainingError, match="Server at capacity: 2/2 .* higher --capacity"):
            play_episodes(address, episode_starts(0, 3, "train"), take_turns)


def test_a_refused_call_is_told(server: str) -> None:
    with pytest.raises(TrainingError, match="refused: .*VALIDATION_ERROR"):
        play_episodes(server, [EpisodeStart(-1, PHASES[0], "train")], take_turns)


def test_phases_take_turns_and_seeds_stay_in_range() -> None:
    starts = episode_starts(2**32 - 1, 4, "dev", first=0)
    assert [start.phase for start in starts] == [*PHASES, PHASES[0]]
    assert [start.seed for start in starts] == [2**32 - 1, 0, 1, 2]
    assert episode_starts(2**32 - 1, 2, "dev", first=2) == starts[2:]
