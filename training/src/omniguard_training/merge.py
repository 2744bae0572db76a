"""Stage `merge`: base and adapter become one model, the same function to float rounding."""

from __future__ import annotations

from pathlib import Path

from omniguard_training.model import load_adapter
from omniguard_training.run import Run


def merge_adapter(base: Path, adapter: Path, target: Path) -> None:
    """Writes the merged model. Raises TrainingError when base or adapter is missing."""
    load_adapter(base, adapter, trainable=False).merge_and_unload().save_pretrained(target)


def merge_stage(run: Run) -> None:
    """Merges the expected-policy adapter, which is the one that ships."""
    merge_adapter(run.warm, run.defender, run.merged)
