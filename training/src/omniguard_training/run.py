"""What the stages of a run share: paths, seeds, rows, encoder."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from omniguard_training.config import RunConfig
from omniguard_training.errors import TrainingError
from omniguard_training.parallel import is_first, size
from omniguard_training.prompt import PromptLayout, load_layout
from omniguard_training.rows import Row, load_rows, split_by_group
from omniguard_training.telemetry import History, forget_stage, start_wandb
from omniguard_training.tokenizer import PromptEncoder, load_tokenizer

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Inputs:
    """Files named on the command line."""

    train: tuple[Path, ...] = ()
    text: tuple[Path, ...] = ()
    evaluate: dict[str, Path] = field(default_factory=dict)
    watch: dict[str, Path] = field(default_factory=dict)
    resume: bool = False
    """Whether the warm start and the TRL stages go on from what they kept last."""


@dataclass(frozen=True)
class EncodedRow:
    """A row with the ids of what follows the constant prefix."""

    row: Row
    rest: list[int]


class Run:
    """One run's directory and inputs. Stages write below `directory` and never into each other's folders."""

    def __init__(self, config: RunConfig, inputs: Inputs, runs: Path) -> None:
        self.config = config
        self.inputs = inputs
        self.directory = runs / config.run
        self.tokenizer = self.directory / "tokenizer"
        self.base = self.directory / "base"
        self.teacher = self.directory / "teacher.npz"
        self.sft = self.directory / "sft"
        self.warm = self.directory / "warm"
        self.defender = self.directory / "defender"
        self.trl = self.directory / "grpo-trl"
        self.openenv = self.directory / "grpo-openenv"
        self.merged = self.directory / "merged"
        self.exports = self.directory / "gguf"
        self.history_path = self.directory / "history.jsonl"
        torch.set_num_threads(max(1, config.threads // size()))

    @property
    def resume(self) -> bool:
        return self.inputs.resume

    @property
    def device(self) -> torch.device:
        """CUDA where it is there and the base is one of others; a model as small as the nano tier trains on the processor."""
        return torch.device("cuda" if self.config.pretrained is not None and torch.cuda.is_available() else "cpu")

    @cached_property
    def chat_tokenizer(self) -> PreTrainedTokenizerBase:
        """The pretrained base's own tokenizer with its chat template."""
        return AutoTokenizer.from_pretrained(self.tokenizer)

    @property
    def dtype(self) -> torch.dtype:
        """Type of matrix products while training."""
        return torch.bfloat16 if self.config.precision == "bf16" else torch.float32

    def seed(self, stage: str) -> random.Random:
        """Seeds torch and numpy for a stage, and returns its own generator."""
        value = self.config.seed ^ (int.from_bytes(stage.encode(), "big") % 2**31)
        torch.manual_seed(value)
        np.random.seed(value % 2**32)
        return random.Random(value)

    def history(self, stage: str) -> History:
        """The curves of a stage, starting anew; of several processes the first alone keeps them."""
        if not is_first():
            return History(Path(os.devnull), stage)
        forget_stage(self.history_path, stage)
        project = self.config.telemetry.wandb_project
        name = f"{self.config.run}-{stage}"
        mirror = start_wandb(project, name, self.directory, dataclasses.asdict(self.config)) if project else None
        return History(self.history_path, stage, mirror)

    @cached_property
    def layout(self) -> PromptLayout:
        return load_layout(REPOSITORY / self.config.layout)

    @cached_property
    def encoder(self) -> PromptEncoder:
        return PromptEncoder(load_tokenizer(self.tokenizer), self.layout)

    @cached_property
    def split(self) -> tuple[list[Row], list[Row]]:
        """(training, held out) rows, by group."""
        if not self.inputs.train:
            raise TrainingError("no training rows were given; pass --train FILE.jsonl")
        return split_by_group(load_rows(self.inputs.train), self.config.holdout)

    def encode(self, rows: Sequence[Row]) -> list[EncodedRow]:
        """Encodes rows and leaves out those whose prompt is longer than `max_tokens`."""
        room = self.config.max_tokens - len(self.encoder.prefix)
        encoded = [EncodedRow(row, self.encoder.rest(row.body)) for row in rows]
        kept = [entry for entry in encoded if len(entry.rest) <= room]
        if len(kept) < len(encoded):
            print(f"left out {len(encoded) - len(kept)} of {len(encoded)} rows over {self.config.max_tokens} tokens", flush=True)
        return kept
