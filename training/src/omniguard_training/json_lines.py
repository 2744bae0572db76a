"""JSON Lines files of labelled entries, and the hash that holds whole groups of them out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from omniguard_training.errors import TrainingError

Entry = TypeVar("Entry")


def load_entries(paths: Iterable[Path], what: str, parse: Callable[[Any, str, str], Entry]) -> list[Entry]:
    """All files' entries; `parse` gets the value, the line without its end and where it stands. Raises TrainingError with file and line of the first bad one."""
    entries: list[Entry] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, start=1):
                    where = f"{path.name}:{number}"
                    try:
                        value = json.loads(line)
                    except json.JSONDecodeError as cause:
                        raise TrainingError(f"{where}: not valid JSON ({cause.msg})") from cause
                    entries.append(parse(value, line.rstrip("\n"), where))
        except OSError as cause:
            raise TrainingError(f"cannot read {what} from {path}: {cause.strerror}") from cause
    if not entries:
        raise TrainingError(f"no {what} were given")
    return entries


def hash_fraction(text: str) -> float:
    """The text's place in 0..1, evenly spread and the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
