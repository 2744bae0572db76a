"""Episodes of the environment server for a policy that answers with one token: the states on its way, and what an action earns in one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from omniguard_training.actions import ACTIONS
from omniguard_training.errors import TrainingError
from omniguard_training.openenv_client import OmniGuardEnvClient, server_errors

PHASES = ("bootstrapping", "evasion_obfuscation", "chained_exploitation")
SESSIONS = 16
"""Most sessions that are open at once; the server has room for 64 unless told otherwise."""
RATIONALE = "The model chose this action from what the message says."
"""Sent with every decision: an answer of one token says nothing about itself, and the environment charges for silence."""

Choose = Callable[[Sequence[str]], Sequence[int]]
"""The action for each body of a prompt."""


@dataclass(frozen=True)
class EpisodeStart:
    """What determines an episode beside the decisions taken in it."""

    seed: int
    phase: str
    split: str

    def arguments(self) -> dict[str, Any]:
        return {"seed": self.seed, "phase": self.phase, "split": self.split}


@dataclass(frozen=True)
class ServedState:
    """A message of an episode, with all that leads to it."""

    start: EpisodeStart
    path: tuple[dict[str, Any], ...]
    """The decisions taken before, as the server takes them."""
    body: str
    """The prompt's untrusted part."""
    restrictions: tuple[str, ...]
    """Capabilities that the gateway would take away here if the answer were CAPABILITY_MEDIATION."""


@dataclass(frozen=True)
class Outcome:
    """What a step revealed."""

    reward: float
    malicious: bool
    """Whether the message was."""


def episode_starts(seed: int, count: int, split: str, first: int = 0) -> list[EpisodeStart]:
    """Episodes `first` to `first + count`; the phases take turns."""
    return [EpisodeStart((seed + index) % 2**32, PHASES[index % len(PHASES)], split) for index in range(first, first + count)]


def decision(action: int, restrictions: Sequence[str]) -> dict[str, Any]:
    """The action as the server takes it; only a mediation takes capabilities away."""
    named = {"action_type": ACTIONS[action], "rationale": RATIONALE}
    return {**named, "mcp_restrictions": list(restrictions)} if ACTIONS[action] == "CAPABILITY_MEDIATION" else named


def play_episodes(address: str, starts: Sequence[EpisodeStart], choose: Choose) -> list[ServedState]:
    """Plays episodes side by side, one session each, with the actions of `choose`; returns every state met, episode by episode.

    Raises TrainingError when the server is away or full.
    """
    with server_errors(address):
        return asyncio.run(_episodes(address, starts, choose))


def outcomes(address: str, taken: Sequence[tuple[ServedState, int]]) -> list[Outcome]:
    """Takes each action in an environment of its own, which is reset to the state's episode and led to the state first.

    Raises TrainingError when the server is away or full, or plays another episode than before.
    """
    with server_errors(address):
        return asyncio.run(_outcomes(address, taken))


async def _episodes(address: str, starts: Sequence[EpisodeStart], choose: Choose) -> list[ServedState]:
    met: list[list[ServedState]] = [[] for _ in starts]
    paths: list[tuple[dict[str, Any], ...]] = [() for _ in starts]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(OmniGuardEnvClient(address)) for _ in starts]
        results = await asyncio.gather(*(client.reset(**start.arguments()) for client, start in zip(clients, starts, strict=True)))
        shown = {index: result.observation for index, result in enumerate(results)}
        while shown:
            proposed = await asyncio.gather(*(_proposed_restrictions(clients[index], observation) for index, observation in shown.items()))
            actions = choose([observation["prompt"] for observation in shown.values()])
            decisions = [decision(action, restrictions) for action, restrictions in zip(actions, proposed, strict=True)]
            results = await asyncio.gather(*(clients[index].step(taken) for index, taken in zip(shown, decisions, strict=True)))
            for (index, observation), restrictions, taken in zip(shown.items(), proposed, decisions, strict=True):
                met[index].append(ServedState(starts[index], paths[index], observation["prompt"], restrictions))
                paths[index] += (taken,)
            shown = {index: result.observation for index, result in zip(shown, results, strict=True) if not result.done}
    return [state for states in met for state in states]


async def _proposed_restrictions(client: OmniGuardEnvClient, observation: dict[str, Any]) -> tuple[str, ...]:
    call = {"type": "call_tool", "tool_name": "propose_restrictions", "arguments": observation["message"]}
    answer = (await client.step(call)).observation
    if answer["error"] is not None:
        raise TrainingError(f"the environment server proposes no restrictions: {answer['error']['message']}")
    return tuple(answer["result"]["data"]["mcp_restrictions"])


async def _outcomes(address: str, taken: Sequence[tuple[ServedState, int]]) -> list[Outcome]:
    room = asyncio.Semaphore(SESSIONS)

    async def one(state: ServedState, action: int) -> Outcome:
        async with room, OmniGuardEnvClient(address) as client:
            result = await client.reset(**state.start.arguments())
            for earlier in state.path:
                result = await client.step(earlier)
            if result.observation["prompt"] != state.body:
                raise TrainingError("the environment server plays another episode than before; was it started anew with other settings?")
            result = await client.step(decision(action, state.restrictions))
            return Outcome(float(result.reward), bool(result.metadata["info"]["truth"]["malicious"]))

    return await asyncio.gather(*(one(state, action) for state, action in taken))
