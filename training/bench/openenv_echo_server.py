"""The peer that people would run otherwise: the server of the OpenEnv package itself, with an environment that echoes.

It offers OpenEnv's HTTP `/reset` and `/step`, one action a request, and its WebSocket sessions. It listens on a free port,
prints `{"port": n}` once it answers, and ends with its standard input.

Run: python openenv_echo_server.py
"""

from __future__ import annotations

from typing import Any

import uvicorn
from openenv.core.env_server.http_server import create_fastapi_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State

from serving import serve

SESSIONS = 128


class EchoAction(Action):
    action_type: str
    confidence: float | None = None
    rationale: str | None = None
    mcp_restrictions: list[str] | None = None


class EchoObservation(Observation):
    action_type: str | None = None


class EchoEnvironment(Environment[EchoAction, EchoObservation, State]):
    """Answers each action with its own name."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._state = State()

    def reset(self, seed: int | None = None, episode_id: str | None = None, **_: Any) -> EchoObservation:
        self._state = State(episode_id=episode_id)
        return EchoObservation()

    def step(self, action: EchoAction, timeout_s: float | None = None, **_: Any) -> EchoObservation:
        self._state.step_count += 1
        return EchoObservation(action_type=action.action_type, reward=0.0)

    @property
    def state(self) -> State:
        return self._state


if __name__ == "__main__":
    app = create_fastapi_app(EchoEnvironment, EchoAction, EchoObservation, max_concurrent_envs=SESSIONS)
    serve(uvicorn.Config(app, host="127.0.0.1", port=0, loop="uvloop", http="httptools", access_log=False, log_level="warning"))
