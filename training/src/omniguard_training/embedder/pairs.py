"""Changes to pinned definitions, as `npm run -s dataset -- --pairs` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniguard_training.errors import TrainingError
from omniguard_training.json_lines import hash_fraction, load_entries


@dataclass(frozen=True)
class EditPair:
    """A tool as it was pinned, and what was added to it."""

    id: str
    source: str
    group: str
    malicious: bool
    reference: str
    candidate: str
    is_change: bool
    """Whether the change was met, rather than made out of a definition to train on."""
    line: str
    """The line as it was read, to be written on unchanged."""


def parse_pair(value: Any, line: str, where: str) -> EditPair:
    """Checks one parsed line. Raises TrainingError that names the line and the field."""
    if not isinstance(value, dict):
        raise TrainingError(f"{where}: a pair must be an object")
    texts: dict[str, str] = {}
    for key in ("id", "source", "group", "label", "origin", "reference", "candidate"):
        if not isinstance(value.get(key), str):
            raise TrainingError(f"{where}: `{key}` must be a string")
        texts[key] = value[key]
    if texts["label"] not in ("benign", "malicious"):
        raise TrainingError(f"{where}: `label` must be benign or malicious, not {texts['label']!r}")
    if texts["origin"] not in ("change", "definition"):
        raise TrainingError(f"{where}: `origin` must be change or definition, not {texts['origin']!r}")
    if not texts["reference"] or not texts["candidate"]:
        raise TrainingError(f"{where}: `reference` and `candidate` must not be empty")
    return EditPair(
        id=texts["id"],
        source=texts["source"],
        group=texts["group"],
        malicious=texts["label"] == "malicious",
        reference=texts["reference"],
        candidate=texts["candidate"],
        is_change=texts["origin"] == "change",
        line=line,
    )


def load_pairs(paths: Iterable[Path]) -> list[EditPair]:
    """Reads pairs of all files. Raises TrainingError with file and line of the first bad one."""
    return load_entries(paths, "pairs", parse_pair)


def family_of(pair: EditPair, pattern: re.Pattern[str]) -> str:
    """What the pattern's capturing group matches at the start of the pair's group, else all it matches, else the whole group."""
    match = pattern.match(pair.group)
    return (match.group(match.lastindex or 0) if match else "") or pair.group


def split_by_family(pairs: Sequence[EditPair], share: float, family: str) -> tuple[list[EditPair], list[EditPair]]:
    """Splits into (training, held out); all pairs of a family fall on one side, chosen by the family's hash."""
    pattern = re.compile(family)
    training: list[EditPair] = []
    held_out: list[EditPair] = []
    for pair in pairs:
        (held_out if hash_fraction(family_of(pair, pattern)) < share else training).append(pair)
    return training, held_out
