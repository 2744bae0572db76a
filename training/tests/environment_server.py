"""Starts the project's own environment server for tests, on a free port."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "node_modules" / ".bin" / "node"
READY = re.compile(r"OmniGuard is ready: (http://\S+?)/?(\?\S*)?$")


@contextlib.contextmanager
def environment_server(*arguments: str, **variables: str) -> Iterator[str]:
    """Yields the address of a server that ends with the block."""
    if not NODE.exists():
        raise RuntimeError(f"{NODE} is missing; run `npm ci` in the repository first")
    with tempfile.TemporaryDirectory() as data:
        command = [str(NODE), "src/cli/omniguard.ts", "serve", "--port", "0", "--data", data, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                found = READY.search(line.strip())
                if found is not None:
                    yield found.group(1)
                    return
            raise RuntimeError(f"the server ended with code {process.wait()} before it was ready")
        finally:
            process.terminate()
            process.wait(timeout=30)
            if process.stdout is not None:
                process.stdout.close()
