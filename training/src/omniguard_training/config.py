"""The configuration of a run: one YAML file, checked completely before anything starts."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from omniguard_training.errors import TrainingError


QUANTIZATIONS = ("Q4_0", "Q5_0", "Q8_0", "F32")
"""Types of matrices in a GGUF file, by rising precision."""


@dataclass(frozen=True)
class TokenizerConfig:
    """Byte-level BPE."""

    vocab_size: int
    """Entries, control tokens included."""
    max_documents: int
    """Documents the merges are learned from."""


@dataclass(frozen=True)
class ModelConfig:
    """Shape of the Llama-architecture base model; embeddings are tied."""

    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    context_length: int


@dataclass(frozen=True)
class PretrainedConfig:
    """A base of others instead of one trained from nothing; the stages `tokenizer` and `pretrain` then fetch it."""

    source: str
    """Repository of the Hugging Face Hub, a folder, or `package:NAME` for a Python package that carries a GGUF file."""
    revision: str
    """Commit or tag on the Hub, `main` for the newest; ignored for folders and packages."""
    unsloth: bool
    """4-bit weights through Unsloth in the TRL stages, where CUDA is there."""


@dataclass(frozen=True)
class CutConfig:
    """A base cut out of one of others instead of one that begins with random weights; `pretrain` then teaches it MCP traffic."""

    name: str
    """The source's name in model cards and manifests."""
    source: str
    """As in `pretrained`."""
    revision: str
    layers: int
    """Layers kept, from the first."""
    vocab_size: int
    """Entries kept, control tokens included."""
    general_merges: int
    """Merges kept for text of any kind; the others are the most frequent in our text."""
    context_length: int


@dataclass(frozen=True)
class LoraShape:
    """Adapter of every linear layer; no DoRA, no rsLoRA, no bias, so that it merges and exports exactly."""

    rank: int
    alpha: int


@dataclass(frozen=True)
class PretrainConfig:
    """Language modelling of the base."""

    max_minutes: float
    epochs: int
    learning_rate: float
    batch_tokens: int
    block_tokens: int
    random_answer_share: float
    """Share of documents that are full prompts with an answer letter drawn uniformly at random."""
    answer_weight: float
    """Weight of the uniform answer in the loss; it teaches the form of an answer, hence the mass on the labels."""
    position_share: float
    """Share of positions the loss is taken over; the head over the vocabulary costs as much as the blocks."""


@dataclass(frozen=True)
class TeacherConfig:
    """The linear teacher of the warm start."""

    folds: int
    epochs: int
    learning_rate: float
    batch: int


@dataclass(frozen=True)
class SftConfig:
    """Warm start on soft labels."""

    max_minutes: float
    epochs: int
    learning_rate: float
    batch_tokens: int
    fitting_share: float
    """Mass of the fitting action; the other acceptable actions share the rest (all of it when there is none)."""
    smoothing: float
    """Mass spread evenly over all six actions."""
    benign_weight: float
    """Weight of a benign row in the loss; above 1 it lowers the false-positive rate."""
    augment: float
    """Probability that a row is augmented when it is drawn."""
    scope: str
    """What is trained: `all` weights, or a LoRA `adapter`."""
    weight_decay: float
    dropout: float
    """Of embeddings and of what each layer adds to the residual stream; `all` only."""
    token_dropout: float
    """Highest share of a body's tokens left out; the share is drawn anew for each row, for every second row on average."""
    teacher_share: float
    """Weight of the linear teacher's opinion in the soft labels, 0 to train without a teacher."""
    evaluations: int
    """How often held-out rows are scored over the stage."""
    patience: int
    """Evaluations without a better likelihood on held-out rows after which the stage stops early, 0 for never."""
    average: float
    """Decay a step of the exponential average of the weights, which is what is kept; 0 keeps the last weights."""


@dataclass(frozen=True)
class GrpoConfig:
    """Exact expected-policy optimisation: the group of GRPO is the whole action set, so nothing is sampled."""

    max_minutes: float
    epochs: int
    learning_rate: float
    batch_tokens: int
    iterations: int
    """Updates on each batch."""
    clip: float
    """Range of the ratio to the policy before a batch's first update."""
    evaluations: int
    """As in the warm start."""
    patience: int
    """Evaluations without a better expected reward on held-out rows after which the stage stops early, 0 for never."""
    beta: float
    """Weight of KL(policy || warm start)."""
    ce: float
    """Weight of the cross-entropy to the soft labels."""
    mass: float
    """Weight of the probability outside the six labels."""
    reward_scale: float
    """Multiplies the environment's rewards."""
    benign_weight: float
    """As in the warm start."""


@dataclass(frozen=True)
class GrpoTrlConfig:
    """TRL's own GRPOTrainer, on rows or against the environment server."""

    steps: int
    learning_rate: float
    prompts_per_step: int
    num_generations: int
    num_iterations: int
    clip: float
    beta: float
    max_completion_length: int
    """Tokens of an answer: 1 for a label, a whole episode's where tools are called."""
    eval_steps: int
    """Steps between evaluations on unseen rows, 0 for none."""
    patience: int
    """Evaluations without a better reward after which training stops early, 0 for never."""
    save_steps: int
    """Steps between checkpoints, which `--resume` goes on from; 0 for none."""
    report_to: list[str]
    """Trackers of Transformers, e.g. `wandb`; the run's history is written in any case."""


@dataclass(frozen=True)
class ExportConfig:
    """GGUF."""

    quantization: str
    """Type of the layers' matrices, one of `QUANTIZATIONS`."""
    embeddings: str
    """Type of the token embeddings."""
    max_bytes: int


@dataclass(frozen=True)
class TelemetryConfig:
    """Where curves go beside the run's history."""

    wandb_project: str
    """Project of Weights & Biases, empty for none."""


@dataclass(frozen=True)
class RunConfig:
    """All of a run. Paths are relative to the repository root."""

    run: str
    seed: int
    threads: int
    precision: str
    """Type of matrix products while training: `fp32`, or `bf16` where the processor multiplies it faster; weights stay float32."""
    layout: str
    max_tokens: int
    """Rows whose prompt is longer are left out (and counted), never cut: serving refuses them as well."""
    holdout: float
    """Share of groups held out of training for the curves and for early stopping."""
    weights: dict[str, float]
    """How often a row is drawn per epoch, by `source` or `vector`; rows without an entry count 1."""
    lora: LoraShape
    telemetry: TelemetryConfig
    pretrained: PretrainedConfig | None
    cut: CutConfig | None
    tokenizer: TokenizerConfig | None
    model: ModelConfig | None
    pretrain: PretrainConfig | None
    teacher: TeacherConfig
    sft: SftConfig
    grpo: GrpoConfig
    grpo_trl: GrpoTrlConfig
    grpo_openenv: GrpoTrlConfig | None
    """Needed by bases that call tools; one-token answers are trained as `grpo_trl` says where this is absent."""
    export: ExportConfig


def _convert(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    if dataclasses.is_dataclass(kind):
        return _build(typing.cast(type, kind), value, where)
    if typing.get_origin(kind) is dict:
        if not isinstance(value, dict):
            raise TrainingError(f"{where} must be a mapping")
        item = typing.get_args(kind)[1]
        return {str(key): _convert(item, entry, f"{where}.{key}") for key, entry in value.items()}
    if typing.get_origin(kind) is list:
        if not isinstance(value, list):
            raise TrainingError(f"{where} must be a list")
        (item,) = typing.get_args(kind)
        return [_convert(item, entry, f"{where}[{index}]") for index, entry in enumerate(value)]
    accepted = (int, float) if kind is float else (kind,)
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, accepted):
        raise TrainingError(f"{where} must be of type {kind.__name__}, not {value!r}")
    return kind(value)


def _build(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise TrainingError(f"{where or 'the configuration'} must be a mapping")
    hints = typing.get_type_hints(kind)
    prefix = f"{where}." if where else ""
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise TrainingError(f"unknown setting {prefix}{unknown[0]}")
    optional = {name for name, hint in hints.items() if types.NoneType in typing.get_args(hint)}
    missing = sorted(set(hints) - set(value) - optional)
    if missing:
        raise TrainingError(f"missing setting {prefix}{missing[0]}")
    given = {name: value[name] if name in value else None for name in hints}
    return kind(
        **{
            name: None if given[name] is None and name in optional else _convert(hint, given[name], f"{prefix}{name}")
            for name, hint in hints.items()
        }
    )


def _check(config: RunConfig) -> RunConfig:
    model = config.model
    sections = ("pretrained", "cut", "tokenizer", "model", "pretrain")
    given = {name for name in sections if getattr(config, name) is not None}
    if given not in ({"pretrained"}, {"cut", "pretrain"}, {"tokenizer", "model", "pretrain"}):
        raise TrainingError("the base is given by pretrained alone, by cut and pretrain, or by tokenizer, model and pretrain")
    if config.cut is not None and config.max_tokens > config.cut.context_length:
        raise TrainingError("max_tokens must not exceed cut.context_length")
    if model is not None:
        if model.hidden_size % model.heads or (model.hidden_size // model.heads) % 2:
            raise TrainingError("model.hidden_size must be a multiple of model.heads with an even quotient")
        if model.hidden_size % 32 or model.intermediate_size % 32:
            raise TrainingError("model.hidden_size and model.intermediate_size must be multiples of 32, the block of Q8_0")
        if config.max_tokens > model.context_length:
            raise TrainingError("max_tokens must not exceed model.context_length")
    if not 0 < config.holdout < 0.5:
        raise TrainingError("holdout must lie between 0 and 0.5")
    if not 0 < config.sft.fitting_share <= 1 or not 0 <= config.sft.smoothing < 1:
        raise TrainingError("sft.fitting_share must lie in (0, 1] and sft.smoothing in [0, 1)")
    if config.sft.scope not in ("all", "adapter"):
        raise TrainingError("sft.scope must be all or adapter")
    if config.precision not in ("fp32", "bf16"):
        raise TrainingError("precision must be fp32 or bf16")
    for name in ("quantization", "embeddings"):
        if getattr(config.export, name) not in QUANTIZATIONS:
            raise TrainingError(f"export.{name} must be one of {', '.join(QUANTIZATIONS)}")
    return config


def parse_config(value: Any) -> RunConfig:
    """Checks a parsed YAML document. Raises TrainingError that names the setting."""
    return _check(_build(RunConfig, value, ""))


def load_config(path: Path) -> RunConfig:
    """Reads and checks a configuration file. Raises TrainingError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise TrainingError(f"cannot read the configuration {path}: {cause.strerror}") from cause
    except yaml.YAMLError as cause:
        raise TrainingError(f"{path} is not valid YAML: {cause}") from cause
    return parse_config(document)
