"""The peer of `bench -- server`: a FastAPI environment server that plays nothing.

It has the endpoints of OmniGuard's vector API and of OpenEnv's WebSocket, checks requests and replies with pydantic
models as FastAPI applications do, and does no work between the two. ECHO_REPLY chooses what it answers:

- `minimal`: a reply that holds only what came in
- `full`: a reply of the shape and size of OmniGuard's, the same fixed observation for every step, read from the JSON
  file that ECHO_OBSERVATION names: `{"observation": {...}, "info": {...}}`

It listens on a free port, prints `{"port": n}` once it answers, and ends with its standard input.

Run: ECHO_REPLY=minimal python echo_server.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field

from serving import serve

ActionType = Literal["ALLOW", "BLOCK", "SPOTLIGHT", "SEMANTIC_DIFF", "CAPABILITY_MEDIATION", "REVOKE_STDIO"]
MessageKind = Literal["manifest", "manifest_changed", "call", "result", "resource", "sampling", "launch"]
BATCH = 512


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ResetItem(Strict):
    env_id: Annotated[int, Field(ge=0)]
    task_name: str | None = None
    seed: Annotated[int | None, Field(ge=0, le=0xFFFFFFFF)] = None
    split: str | None = None


class Reset(Strict):
    items: Annotated[list[ResetItem], Field(min_length=1, max_length=BATCH)]


class Action(Strict):
    action_type: ActionType
    confidence: Annotated[float | None, Field(ge=0, le=1)] = None
    rationale: Annotated[str | None, Field(max_length=8_000)] = None
    mcp_restrictions: list[str] | None = None
    metadata: dict[str, Any] | None = None


class VectorAction(Action):
    env_id: Annotated[int, Field(ge=0)]


class Step(Strict):
    actions: Annotated[list[VectorAction], Field(min_length=1, max_length=BATCH)]


class EchoResult(BaseModel):
    env_id: int
    action_type: ActionType | None
    reward: float | None
    done: bool


class EchoResults(BaseModel):
    results: list[EchoResult]


class Layer(BaseModel):
    encoding: str
    pointer: str
    text: str


class Hint(BaseModel):
    code: str
    text: str
    pointer: str | None = None


class MemoryEntry(BaseModel):
    kind: MessageKind
    server: str
    action: ActionType
    outcome: str


class Message(BaseModel):
    kind: MessageKind
    message: dict[str, Any]
    context: dict[str, Any]


class Observation(BaseModel):
    prompt: str
    message: Message | None
    normalized_text: str
    layers: list[Layer]
    hints: list[Hint]
    exercised: list[str]
    embedding: list[float]
    budget_left: float
    memory: list[MemoryEntry]
    phase: str
    position: int


class FullResult(BaseModel):
    env_id: int
    observation: Observation
    reward: float | None
    done: bool
    info: dict[str, Any]


class FullResults(BaseModel):
    results: list[FullResult]


class Envelope(BaseModel):
    observation: Observation
    reward: float | None
    done: bool
    metadata: dict[str, Any]


class EchoEnvelope(BaseModel):
    observation: dict[str, Any]
    reward: float | None
    done: bool


app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "healthy"}


if os.environ.get("ECHO_REPLY", "minimal") == "full":
    fixed = json.loads(Path(os.environ["ECHO_OBSERVATION"]).read_text("utf-8"))
    OBSERVATION = Observation.model_validate(fixed["observation"])
    INFO: dict[str, Any] = fixed["info"]

    @app.post("/reset")
    async def reset(body: Reset) -> FullResults:
        return FullResults(
            results=[
                FullResult(env_id=item.env_id, observation=OBSERVATION, reward=None, done=False, info=INFO) for item in body.items
            ]
        )

    @app.post("/step")
    async def step(body: Step) -> FullResults:
        return FullResults(
            results=[
                FullResult(env_id=action.env_id, observation=OBSERVATION, reward=0.0, done=False, info=INFO) for action in body.actions
            ]
        )

    def envelope(data: dict[str, Any], reward: float | None) -> str:
        return Envelope(observation=OBSERVATION, reward=reward, done=False, metadata=INFO).model_dump_json()

else:

    @app.post("/reset")
    async def reset(body: Reset) -> EchoResults:
        return EchoResults(results=[EchoResult(env_id=item.env_id, action_type=None, reward=None, done=False) for item in body.items])

    @app.post("/step")
    async def step(body: Step) -> EchoResults:
        return EchoResults(
            results=[EchoResult(env_id=action.env_id, action_type=action.action_type, reward=0.0, done=False) for action in body.actions]
        )

    def envelope(data: dict[str, Any], reward: float | None) -> str:
        return EchoEnvelope(observation=data, reward=reward, done=False).model_dump_json()


@app.websocket("/ws")
async def session(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            request = json.loads(await socket.receive_text())
            match request.get("type"):
                case "reset":
                    reply = envelope(request.get("data", {}), None)
                case "step":
                    action = Action.model_validate(request["data"])
                    reply = envelope(action.model_dump(exclude_none=True), 0.0)
                case _:
                    break
            await socket.send_text('{"type":"observation","data":' + reply + "}")
    except WebSocketDisconnect:
        return
    await socket.close()


if __name__ == "__main__":
    # What `uvicorn[standard]` brings: uvloop and httptools, one worker, and no log line per request.
    serve(uvicorn.Config(app, host="127.0.0.1", port=0, loop="uvloop", http="httptools", access_log=False, log_level="warning"))
