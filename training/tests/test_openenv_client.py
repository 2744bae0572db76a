"""The official OpenEnv client and validator, and the project's own client, against the project's own server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from cutting_proxy import CuttingProxy
from environment_server import environment_server
from openenv.core.generic_client import GenericEnvClient
from omniguard_training.openenv_client import OmniGuardEnvClient, with_request_id

ACTIONS = ("ALLOW", "BLOCK", "SPOTLIGHT", "SEMANTIC_DIFF", "CAPABILITY_MEDIATION", "REVOKE_STDIO")


def play(client, seed: int) -> list[object]:
    """One episode with actions that follow from the seed; returns everything the client saw."""
    result = client.reset(seed=seed, episode_id=f"episode-{seed}", phase="evasion_obfuscation")
    seen: list[object] = [result.observation, result.reward, result.done, result.metadata]
    position = 0
    while not result.done:
        result = client.step({"action_type": ACTIONS[(seed + position) % len(ACTIONS)], "rationale": "A rule of the test."})
        seen += [result.observation, result.reward, result.done, result.metadata]
        position += 1
    state = client.state()
    assert state["episode_id"] == f"episode-{seed}"
    assert state["step_count"] == position
    seen.append(state)
    return seen


def test_official_client_plays_200_seeded_episodes_identically_twice(server: str) -> None:
    def run() -> list[str]:
        with GenericEnvClient(base_url=server).sync() as client:
            return [json.dumps(play(client, seed), sort_keys=True) for seed in range(200)]

    first = run()
    assert run() == first
    assert len(set(first)) == 200


def test_official_client_asynchronously_with_many_sessions(server: str) -> None:
    async def one(seed: int) -> tuple[float, int]:
        async with GenericEnvClient(base_url=server) as client:
            result = await client.reset(seed=seed)
            total, steps = 0.0, 0
            while not result.done:
                result = await client.step({"action_type": "BLOCK", "rationale": "Everything is blocked."})
                assert isinstance(result.reward, (int, float)) and not isinstance(result.reward, bool)
                total, steps = total + result.reward, steps + 1
            return total, steps

    async def run() -> list[tuple[float, int]]:
        return await asyncio.gather(*(one(seed) for seed in range(32)))

    assert asyncio.run(run()) == asyncio.run(run())


def test_errors_of_the_server_reach_the_official_client_and_the_session_goes_on(server: str) -> None:
    with GenericEnvClient(base_url=server).sync() as client:
        client.reset(seed=1)
        with pytest.raises(RuntimeError, match="VALIDATION_ERROR"):
            client.step({"action_type": "EXPLODE"})
        with pytest.raises(RuntimeError, match="VALIDATION_ERROR"):
            client.reset(sead=1)
        assert client.state()["step_count"] == 0
        assert client.step({"action_type": "BLOCK"}).reward is not None


@pytest.mark.parametrize("mode", ["simulation", "production"])
def test_openenv_validate_passes_every_criterion(mode: str) -> None:
    with environment_server("--workers", "1", OPENENV_MODE=mode) as address:
        command = [sys.executable, "-m", "openenv.cli", "validate", "--json", "--url", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    assert report["mode"] == mode
    assert report["passed"] is True
    assert report["summary"]["failed_criteria"] == []
    assert report["summary"]["required_passed_count"] == 6


def test_an_episode_goes_on_after_the_connection_broke(server: str) -> None:
    async def run(cut_after: int | None) -> tuple[list[object], int]:
        async with CuttingProxy(urlsplit(server).port or 0) as proxy:
            client = OmniGuardEnvClient(f"http://127.0.0.1:{proxy.port}")
            async with client:
                result = await client.reset(seed=7, episode_id="cut")
                seen: list[object] = [result.observation]
                for position in range(16):
                    if position == cut_after:
                        proxy.cut()
                    result = await client.step({"action_type": "SPOTLIGHT", "rationale": "Held by a rule of the test."})
                    seen += [result.observation, result.reward]
                    if result.done:
                        break
                return seen, int((await client.state())["step_count"])

    whole = asyncio.run(run(None))
    assert whole[1] > 2
    assert asyncio.run(run(1)) == whole


def test_a_repeated_call_is_answered_without_playing_it_again(server: str) -> None:
    async def run() -> None:
        async with OmniGuardEnvClient(server) as client:
            await client.reset(seed=3)
            action = {"action_type": "BLOCK", "metadata": {"request_id": "once"}}
            first = await client.step(action)
            assert await client.step(action) == first
            assert (await client.state())["step_count"] == 1

    asyncio.run(run())


def test_only_calls_that_change_something_get_a_request_id() -> None:
    assert with_request_id({"type": "state"}) == {"type": "state"}
    assert with_request_id({"type": "reset", "data": {"request_id": "mine"}})["data"] == {"request_id": "mine"}
    step = with_request_id({"type": "step", "data": {"action_type": "ALLOW", "metadata": {"tag": "x"}}})
    assert step["data"]["metadata"].keys() == {"request_id", "tag"}
