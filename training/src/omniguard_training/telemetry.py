"""Training curves: one JSON object a line, appended as training goes, so that a crash loses nothing."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from types import TracebackType


class History:
    """Appends metric points to `history.jsonl`. Steps count within a stage; non-finite values are left out."""

    def __init__(self, path: Path, stage: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stage = stage
        self._started = time.monotonic()
        self._file = path.open("a", encoding="utf-8")

    def log(self, step: int, **metrics: float) -> None:
        """Writes one point. `step` starts at 1; the time is seconds since the stage began."""
        point: dict[str, float | int | str] = {
            "stage": self._stage,
            "step": step,
            "seconds": round(time.monotonic() - self._started, 2),
        }
        point.update({name: float(f"{value:.6g}") for name, value in metrics.items() if math.isfinite(value)})
        self._file.write(json.dumps(point) + "\n")
        self._file.flush()

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()


def forget_stage(path: Path, stage: str) -> None:
    """Drops the points of an earlier attempt at a stage, so that a repeated stage does not show twice."""
    if not path.exists():
        return
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if json.loads(line)["stage"] != stage]
    path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
