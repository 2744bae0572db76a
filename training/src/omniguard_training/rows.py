"""Training rows: JSON Lines written by `npm run -s dataset`, one labelled message each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniguard_training.actions import ACTIONS
from omniguard_training.errors import TrainingError
from omniguard_training.json_lines import hash_fraction, load_entries

ACTION_INDEX = {name: index for index, name in enumerate(ACTIONS)}


@dataclass(frozen=True)
class Row:
    """One labelled message. Only `body` ever reaches the model."""

    id: str
    source: str
    group: str
    kind: str
    malicious: bool
    vector: str
    body: str
    fitting: int
    """Index of the lightest sufficient action."""
    acceptable: tuple[int, ...]
    rewards: tuple[float, ...]
    """What the environment pays for each of the six actions on this message."""


def _text(value: dict[str, Any], key: str, where: str) -> str:
    entry = value.get(key)
    if not isinstance(entry, str):
        raise TrainingError(f"{where}: `{key}` must be a string")
    return entry


def _action(name: Any, key: str, where: str) -> int:
    if name not in ACTION_INDEX:
        raise TrainingError(f"{where}: `{key}` holds {name!r}, which is no action")
    return ACTION_INDEX[name]


def parse_row(value: Any, where: str) -> Row:
    """Checks one parsed line. Raises TrainingError that names the line and the field."""
    if not isinstance(value, dict):
        raise TrainingError(f"{where}: a row must be an object")
    label = _text(value, "label", where)
    if label not in ("benign", "malicious"):
        raise TrainingError(f"{where}: `label` must be benign or malicious, not {label!r}")
    acceptable = value.get("acceptable")
    if not isinstance(acceptable, list) or not acceptable:
        raise TrainingError(f"{where}: `acceptable` must be a list of actions")
    rewards = value.get("rewards")
    numbers = isinstance(rewards, list) and all(
        isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number) for number in rewards
    )
    if not isinstance(rewards, list) or not numbers or len(rewards) != len(ACTIONS):
        raise TrainingError(f"{where}: `rewards` must be {len(ACTIONS)} finite numbers")
    return Row(
        id=_text(value, "id", where),
        source=_text(value, "source", where),
        group=_text(value, "group", where),
        kind=_text(value, "kind", where),
        malicious=label == "malicious",
        vector=_text(value, "vector", where),
        body=_text(value, "body", where),
        fitting=_action(value.get("fitting"), "fitting", where),
        acceptable=tuple(_action(name, "acceptable", where) for name in acceptable),
        rewards=tuple(float(number) for number in rewards),
    )


def load_rows(paths: Iterable[Path]) -> list[Row]:
    """Reads rows of all files. Raises TrainingError with file and line of the first bad one."""
    return load_entries(paths, "training rows", lambda value, _, where: parse_row(value, where))


def split_by_group(rows: Sequence[Row], share: float) -> tuple[list[Row], list[Row]]:
    """Splits into (training, held out); all rows of a group fall on one side, chosen by the group's hash."""
    training: list[Row] = []
    held_out: list[Row] = []
    for row in rows:
        (held_out if hash_fraction(f"{row.source}\n{row.group}") < share else training).append(row)
    return training, held_out
