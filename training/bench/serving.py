"""Runs a server for the benchmark: prints its port once it answers, and ends with the standard input."""

from __future__ import annotations

import json
import socket
import sys
import threading

import uvicorn


class PrintingServer(uvicorn.Server):
    """Prints the port once requests are answered."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(json.dumps({"port": self.servers[0].sockets[0].getsockname()[1]}), flush=True)


def serve(config: uvicorn.Config) -> None:
    """Serves until the standard input ends."""
    server = PrintingServer(config)
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    server.run()


def _end_with_input(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True
