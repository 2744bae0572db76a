"""Stage `calibrate`: temperature on held-out rows, through the GGUF file and the product's own command."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from omniguard_training.actions import ACTIONS
from omniguard_training.errors import TrainingError
from omniguard_training.publish import manifest_entries
from omniguard_training.rows import Row, load_rows
from omniguard_training.run import REPOSITORY, Run
from omniguard_training.verify import NODE

CLI = REPOSITORY / "src" / "cli" / "omniguard.ts"
MOST_ROWS = 2_500
"""Rows drawn at random when there are more: the figures settle well before, and each row is a decision through llama.cpp."""
FITTED_ON = "held-out groups of the training rows and the generator's dev split"


def write_calibration_rows(rows: Sequence[Row], target: Path) -> None:
    """What `models calibrate` reads: bodies and the actions that fit them."""
    lines = [json.dumps({"body": row.body, "fitting": ACTIONS[row.fitting]}) for row in rows]
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def calibrate_stage(run: Run) -> None:
    """Fits on the held-out training groups and the watched rows, none of which was trained on; writes a manifest beside the exported files."""
    rows = [*run.split[1], *(row for path in run.inputs.watch.values() for row in load_rows([path]))]
    random.Random(run.config.seed).shuffle(rows)
    rows = rows[:MOST_ROWS]
    write_calibration_rows(rows, run.directory / "calibration.jsonl")
    (run.exports / "manifest.json").write_text(json.dumps({"version": 1, "models": manifest_entries(run, run.exports)}), encoding="utf-8")
    command = [
        str(NODE), str(CLI), "models", "calibrate", f"{run.config.run}-omniguard", "--models", str(run.exports),
        "--rows", str(run.directory / "calibration.jsonl"), "--fitted-on", FITTED_ON,
    ]  # fmt: skip
    finished = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    if finished.returncode:
        raise TrainingError(f"the calibration failed: {finished.stderr.strip().splitlines()[-1:]}")
    print(finished.stdout.strip(), flush=True)
