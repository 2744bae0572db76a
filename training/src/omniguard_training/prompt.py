"""The serving prompt, byte for byte: prefix + body + tail of src/backend/inference/prompt/layout.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from omniguard_training.actions import LABELS
from omniguard_training.errors import TrainingError


@dataclass(frozen=True)
class PromptLayout:
    """The trusted parts of a prompt and the control tokens that may occur in them."""

    version: str
    prefix: str
    tail: str
    label_prefix: str
    control_tokens: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The six answers as text, each of which has to be one token."""
        return tuple(self.label_prefix + label for label in LABELS)

    def render(self, body: str) -> str:
        """The whole prompt as text; for display and golden files only, never tokenise it in one piece."""
        return self.prefix + body + self.tail


def load_layout(path: Path) -> PromptLayout:
    """Reads the layout that TypeScript serves with. Raises TrainingError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as cause:
        raise TrainingError(f"cannot read the prompt layout {path}: {cause}") from cause
    try:
        return PromptLayout(
            version=str(value["version"]),
            prefix=value["prefix"],
            tail=value["tail"],
            label_prefix=value["labelPrefix"],
            control_tokens=tuple(value["controlTokens"]),
        )
    except KeyError as cause:
        raise TrainingError(f"{path} lacks {cause}") from cause
