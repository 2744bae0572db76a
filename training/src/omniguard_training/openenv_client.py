"""Client of the environment server: the official OpenEnv client, able to survive a broken connection."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from openenv.core.generic_client import GenericEnvClient
from websockets.exceptions import ConnectionClosed

from omniguard_training.errors import TrainingError

ADDRESS_VARIABLE = "OMNIGUARD_ENV_URL"
DEFAULT_ADDRESS = "http://127.0.0.1:8000"
RETRIES = 4
FIRST_WAIT_S = 0.5


class OmniGuardEnvClient(GenericEnvClient):
    """``GenericEnvClient`` whose episode goes on after a dropped connection.

    On its first connection it asks the server for its session id. The server keeps a session whose id
    was asked for when the connection breaks, by default for 60 s; the client attaches to it again and
    repeats the call in flight. Every reset and step carries a request id, so that a repeated call is answered with
    the reply that got lost instead of being played twice. Everything else is the official client:
    ``await client.reset(...)``, ``client.sync()`` and so on. An ``action`` is a dictionary with ``action_type`` and,
    optionally, ``confidence``, ``rationale`` and ``mcp_restrictions``.

    Args:
        base_url: ``http://127.0.0.1:8000``; with a token ``http://any:TOKEN@host:8000`` or ``http://host:8000/t/TOKEN``.
        retries: Reconnections tried for one call, with waits that double from half a second.
    """

    def __init__(self, base_url: str, *, retries: int = RETRIES, **options: Any) -> None:
        super().__init__(base_url=base_url, **options)
        self._retries = retries
        self._session_id: str | None = None

    @property
    def session_id(self) -> str | None:
        """Id of the server's session; None before the first connection."""
        return self._session_id

    async def _connect_async(self) -> OmniGuardEnvClient:
        before = self._ws
        address = self._ws_url
        if self._session_id is not None and address is not None:
            self._ws_url = f"{address}?session_id={quote(self._session_id)}"
        try:
            await super()._connect_async()
        finally:
            self._ws_url = address
        if self._ws is not before and self._session_id is None:
            self._session_id = await self._ask_session_id()
        return self

    async def _ask_session_id(self) -> str:
        request = {"jsonrpc": "2.0", "id": 0, "method": "openenv/session/create", "params": {}}
        reply = await super()._send_and_receive({"type": "mcp", "data": request})
        return str(reply["data"]["result"]["session_id"])

    async def _send_and_receive(self, message: dict[str, Any]) -> dict[str, Any]:
        identified = with_request_id(message)
        wait = FIRST_WAIT_S
        for attempt in range(self._retries + 1):
            try:
                return await super()._send_and_receive(identified)
            except (ConnectionClosed, ConnectionError, TimeoutError):
                if attempt == self._retries:
                    raise
                await asyncio.sleep(wait)
                wait *= 2
        raise AssertionError("unreachable")

    async def _close_async(self) -> None:
        await super()._close_async()
        self._session_id = None


def with_request_id(message: dict[str, Any]) -> dict[str, Any]:
    """The frame with an id that marks a repetition; frames that change nothing are left as they are."""
    data = message.get("data", {})
    match message.get("type"):
        case "reset":
            return {**message, "data": {"request_id": uuid.uuid4().hex, **data}}
        case "step":
            metadata = {"request_id": uuid.uuid4().hex, **(data.get("metadata") or {})}
            return {**message, "data": {**data, "metadata": metadata}}
        case _:
            return message


def server_address() -> str:
    """Where the environment server is; it may hold a token, so it is never shown whole."""
    return os.environ.get(ADDRESS_VARIABLE, DEFAULT_ADDRESS)


@contextmanager
def server_errors(address: str) -> Iterator[None]:
    """Turns what the client raises into TrainingErrors that say what to do: the server is away, full, or refuses a call."""
    place = urlsplit(address).netloc.rpartition("@")[2] or ADDRESS_VARIABLE
    try:
        yield
    except ConnectionError as cause:
        reason = cause.__cause__ or type(cause).__name__
        raise TrainingError(f"the environment server at {place} cannot be reached ({reason}); `npm run serve` starts one, {ADDRESS_VARIABLE} names it") from cause
    except (ConnectionClosed, TimeoutError) as cause:
        raise TrainingError(f"the environment server at {place} went away; start it again and go on with --resume") from cause
    except RuntimeError as cause:
        if not str(cause).startswith("Server error: "):
            raise
        message = str(cause).removeprefix("Server error: ")
        advice = "; wait for a session to end, or start the server with a higher --capacity" if "CAPACITY_REACHED" in message else ""
        raise TrainingError(f"the environment server at {place} refused: {message}{advice}") from cause
