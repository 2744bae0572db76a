"""Two replicas behind the proxy of ``deploy/``: sessions spread, and whoever comes back finds its own replica."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cutting_proxy import CuttingProxy
from environment_server import ROOT, environment_server
from openenv.core.generic_client import GenericEnvClient

from omniguard_training.openenv_client import OmniGuardEnvClient

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
TEMPLATE = "  server-template replica"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=10) as response:
        return json.load(response)


def post(url: str, body: object, **headers: str) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, list[str]]]:
    """The proxy's port, and the addresses of the replicas behind it."""
    haproxy = shutil.which("haproxy")
    if haproxy is None:
        pytest.skip("haproxy is not installed")
    with environment_server("--workers", "1") as first, environment_server("--workers", "1") as second:
        replicas = [first, second]
        lines = [line for line in CONFIGURATION.read_text().splitlines() if not line.startswith(TEMPLATE)]
        for index, address in enumerate(replicas):
            lines.append(f"  server replica{index} {address.removeprefix('http://')} check inter 200ms rise 1")
        configuration: Path = tmp_path_factory.mktemp("proxy") / "haproxy.cfg"
        configuration.write_text("\n".join(lines) + "\n")
        port = free_port()
        variables = {**os.environ, "OMNIGUARD_PROXY_PORT": str(port), "OMNIGUARD_PROXY_TOKEN": ""}
        process = subprocess.Popen([haproxy, "-db", "-f", str(configuration)], env=variables, stdout=subprocess.DEVNULL)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/health", process)
            yield port, replicas
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the proxy ended"
        try:
            get(url)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("no replica became ready behind the proxy")


def test_sessions_spread_over_the_replicas(proxied: tuple[int, list[str]]) -> None:
    port, replicas = proxied

    async def run() -> list[int]:
        clients = [GenericEnvClient(base_url=f"http://127.0.0.1:{port}") for _ in range(8)]
        for client in clients:
            await client.connect()
            await client.reset(seed=1)
        counts = [get(f"{address}/metrics")["sessions"]["active"] for address in replicas]
        for client in clients:
            await client.close()
        return counts

    assert asyncio.run(run()) == [4, 4]


def test_a_broken_session_is_resumed_on_its_own_replica(proxied: tuple[int, list[str]]) -> None:
    port, _ = proxied

    async def run() -> list[int]:
        async with CuttingProxy(port) as cutter:
            clients = [OmniGuardEnvClient(f"http://127.0.0.1:{cutter.port}") for _ in range(8)]
            for seed, client in enumerate(clients):
                await client.reset(seed=seed)
                await client.step({"action_type": "SPOTLIGHT"})
            cutter.cut()
            counts = []
            for client in clients:
                counts.append(int((await client.state())["step_count"]))
                await client.close()
            return counts

    assert asyncio.run(run()) == [1] * 8


def test_a_client_of_the_vector_api_keeps_its_replica(proxied: tuple[int, list[str]]) -> None:
    port, _ = proxied
    for client in range(6):
        base, name = f"http://127.0.0.1:{port}", {"x-omniguard-client": f"trainer-{client}"}
        post(f"{base}/reset", {"items": [{"env_id": client, "task_name": "demo"}]}, **name)
        answer = post(f"{base}/step", {"actions": [{"env_id": client, "action_type": "BLOCK"}]}, **name)
        assert answer["results"][0]["env_id"] == client
