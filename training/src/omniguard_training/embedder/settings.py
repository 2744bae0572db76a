"""Settings of the embedder's training: one YAML file, checked before anything starts."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from omniguard_training.errors import TrainingError


@dataclass(frozen=True)
class EmbedderSettings:
    """How the embedder is trained."""

    name: str
    """Of the run's folder and of the file."""
    seed: int
    epochs: int
    """The schedule of the learning rate covers them all."""
    last_step: int
    """Update after which training ends, 0 for the last of all epochs."""
    learning_rate: float
    weight_decay: float
    batch_tokens: int
    """Padded tokens of a batch, references and candidates together."""
    max_tokens: int
    """Longest text; serving cuts longer ones as well."""
    holdout: float
    """Share of families that nothing is trained on; the critic's weights and threshold are fitted on them."""
    family: str
    """Regular expression; what its capturing group (or all of it) matches at the start of a pair's group is its family: one
    payload template, one server."""
    margin: float
    """Distance at which an edit is as likely harmful as benign."""
    sharpness: float
    """Slope of the logistic loss over the distance."""
    apart: float
    """Weight of the loss that keeps unrelated tools of a batch at right angles, so that the embedding cannot collapse to one axis."""
    token_dropout: float
    """Highest share of tokens left out of a text, drawn anew for each, for every second text on average."""
    average: float
    """Decay a step of the exponential average of the weights, which is what is kept."""
    save_steps: int
    """Steps between checkpoints, from which an interrupted run goes on."""
    precision: str
    """Type of matrix products while training: fp32 or bf16."""
    quantization: str
    """Of the file's matrices: Q8_0 or F32."""
    max_bytes: int


def load_settings(path: Path) -> EmbedderSettings:
    """Reads and checks a settings file. Raises TrainingError that names the setting."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise TrainingError(f"cannot read the settings {path}: {cause.strerror}") from cause
    except yaml.YAMLError as cause:
        raise TrainingError(f"{path} is not valid YAML: {cause}") from cause
    if not isinstance(document, dict):
        raise TrainingError("the settings must be a mapping")
    kinds = {field.name: {"int": int, "float": float, "str": str}[str(field.type)] for field in fields(EmbedderSettings)}
    for name in sorted(set(document) - set(kinds)):
        raise TrainingError(f"unknown setting {name}")
    for name, kind in kinds.items():
        if name not in document:
            raise TrainingError(f"missing setting {name}")
        value = document[name]
        accepted = (int, float) if kind is float else (kind,)
        if isinstance(value, bool) or not isinstance(value, accepted):
            raise TrainingError(f"{name} must be of type {kind.__name__}, not {value!r}")
    return _check(EmbedderSettings(**{name: kind(document[name]) for name, kind in kinds.items()}))


def _check(settings: EmbedderSettings) -> EmbedderSettings:
    if not 0 < settings.holdout < 0.5:
        raise TrainingError("holdout must lie between 0 and 0.5")
    if not 0 < settings.margin < 2:
        raise TrainingError("margin must lie between 0 and 2")
    if not 0 <= settings.token_dropout < 1 or not 0 <= settings.average < 1:
        raise TrainingError("token_dropout and average must lie in [0, 1)")
    if min(settings.epochs, settings.batch_tokens, settings.max_tokens, settings.save_steps) < 1:
        raise TrainingError("epochs, batch_tokens, max_tokens and save_steps must be at least 1")
    if settings.precision not in ("fp32", "bf16"):
        raise TrainingError("precision must be fp32 or bf16")
    if settings.quantization not in ("Q8_0", "F32"):
        raise TrainingError("quantization must be Q8_0 or F32")
    try:
        re.compile(settings.family)
    except re.error as cause:
        raise TrainingError(f"family is not a regular expression: {cause}") from cause
    return settings
