"""Training curves: one JSON object a line, appended as training goes, so that a crash loses nothing; Weights & Biases beside it on request."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from omniguard_training.errors import TrainingError


class History:
    """Appends metric points to `history.jsonl`. Steps count within a stage; non-finite values are left out."""

    def __init__(self, path: Path, stage: str, mirror: Any | None = None) -> None:
        """`mirror` is a run of Weights & Biases that gets the same points."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stage = stage
        self._started = time.monotonic()
        self._file = path.open("a", encoding="utf-8")
        self._mirror = mirror

    def log(self, step: int, **metrics: float) -> None:
        """Writes one point. `step` is 0 before the first update; the time is seconds since the stage began."""
        point: dict[str, float | int | str] = {
            "stage": self._stage,
            "step": step,
            "seconds": round(time.monotonic() - self._started, 2),
        }
        finite = {name: float(f"{value:.6g}") for name, value in metrics.items() if math.isfinite(value)}
        self._file.write(json.dumps(point | finite) + "\n")
        self._file.flush()
        if self._mirror is not None:
            self._mirror.log({f"{self._stage}/{name}": value for name, value in finite.items()} | {f"{self._stage}/step": step})

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        if self._mirror is not None:
            self._mirror.finish(exit_code=0 if kind is None else 1)


def start_wandb(project: str, name: str, directory: Path, config: dict[str, Any]) -> Any:
    """A run of Weights & Biases: online with WANDB_API_KEY set, offline (below `directory`) without. Raises TrainingError when the package is missing."""
    try:
        import wandb
    except ImportError as cause:
        raise TrainingError("telemetry is set to wandb but the package wandb is not installed; pip install 'omniguard-training[wandb]'") from cause
    mode = os.environ.get("WANDB_MODE") or ("online" if os.environ.get("WANDB_API_KEY") else "offline")
    directory.mkdir(parents=True, exist_ok=True)
    return wandb.init(project=project, name=name, dir=str(directory), config=config, mode=mode)


def forget_stage(path: Path, stage: str) -> None:
    """Drops the points of an earlier attempt at a stage, so that a repeated stage does not show twice."""
    if not path.exists():
        return
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if json.loads(line)["stage"] != stage]
    path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
