"""Client of the environment server: the official OpenEnv client, able to survive a broken connection."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from urllib.parse import quote

from openenv.core.generic_client import GenericEnvClient
from websockets.exceptions import ConnectionClosed

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
