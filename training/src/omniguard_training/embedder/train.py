"""The embedder's training: logistic loss over the distance of (pinned, added), restartable from checkpoints."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import LlamaForCausalLM

from omniguard_training.embedder.embed import directions, encode
from omniguard_training.embedder.pairs import EditPair
from omniguard_training.embedder.settings import EmbedderSettings
from omniguard_training.errors import TrainingError
from omniguard_training.forward import AnswerPass
from omniguard_training.optimise import CLIP, WARM_UP
from omniguard_training.telemetry import History

CHUNK = 256
"""Pairs that are sorted by length together: batches are padded little and still mixed."""
LOG_STEPS = 10


@dataclass(frozen=True)
class EncodedPair:
    """Token ids of both texts."""

    reference: list[int]
    candidate: list[int]
    malicious: bool

    @property
    def width(self) -> int:
        return max(len(self.reference), len(self.candidate))


def encode_pairs(pairs: Sequence[EditPair], tokenizer: Tokenizer, max_tokens: int) -> list[EncodedPair]:
    """Encodes both texts of every pair."""
    return [
        EncodedPair(encode(tokenizer, pair.reference, max_tokens), encode(tokenizer, pair.candidate, max_tokens), pair.malicious)
        for pair in pairs
    ]


def epoch_batches(pairs: Sequence[EncodedPair], batch_tokens: int, seed: int) -> list[list[EncodedPair]]:
    """One epoch in random order, batches of similar length, at most `batch_tokens` padded tokens each (one pair at least)."""
    generator = random.Random(seed)
    order = list(pairs)
    generator.shuffle(order)
    batches: list[list[EncodedPair]] = []
    for start in range(0, len(order), CHUNK):
        batch: list[EncodedPair] = []
        for pair in sorted(order[start : start + CHUNK], key=lambda entry: entry.width):
            if batch and 2 * pair.width * (len(batch) + 1) > batch_tokens:
                batches.append(batch)
                batch = []
            batch.append(pair)
        batches.append(batch)
    generator.shuffle(batches)
    return batches


def thinned(tokens: list[int], most: float, generator: random.Random) -> list[int]:
    """The tokens less a random share of them, at most `most`, for every second text; never none."""
    share = most * generator.random() if generator.random() < 0.5 else 0.0
    return [token for token in tokens if generator.random() >= share] or tokens


def edit_loss(references: Tensor, candidates: Tensor, malicious: Tensor, settings: EmbedderSettings) -> Tensor:
    """Logistic loss of the distances, and the mean positive cosine of unrelated tools; (pairs, size), (pairs, size), (pairs,)."""
    distance = 1 - (references * candidates).sum(dim=-1)
    loss = functional.binary_cross_entropy_with_logits(settings.sharpness * (distance - settings.margin), malicious)
    if settings.apart > 0 and len(references) > 1:
        others = ~torch.eye(len(references), dtype=torch.bool)
        loss = loss + settings.apart * (references @ references.T)[others].clamp(min=0).mean()
    return loss


def learning_rate(settings: EmbedderSettings, step: int, steps: int) -> float:
    """Linear warm-up, then cosine to a tenth."""
    progress = step / max(1, steps)
    if progress < WARM_UP:
        return settings.learning_rate * max(0.05, progress / WARM_UP)
    return settings.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))))


class Trainer:
    """All that a checkpoint holds. Equal settings, pairs and starting weights give equal batches, interrupted or not."""

    def __init__(self, model: LlamaForCausalLM, pairs: Sequence[EncodedPair], settings: EmbedderSettings, checkpoint: Path) -> None:
        if len({pair.malicious for pair in pairs}) < 2:
            raise TrainingError("benign and harmful edits are needed to train on")
        self.model = model
        self._settings = settings
        self._checkpoint = checkpoint
        self._batches = [
            batch for epoch in range(settings.epochs) for batch in epoch_batches(pairs, settings.batch_tokens, settings.seed + epoch)
        ]
        self._parameters = list(model.parameters())
        self._optimiser = torch.optim.AdamW(
            self._parameters, lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay, fused=True
        )
        self._average = [parameter.detach().clone() for parameter in self._parameters]
        self.step = 0

    @property
    def steps(self) -> int:
        """Of the schedule."""
        return len(self._batches)

    @property
    def last_step(self) -> int:
        """Where training ends."""
        return min(self._settings.last_step or self.steps, self.steps)

    def resume(self) -> bool:
        """Goes on from the checkpoint where there is one that fits."""
        if not self._checkpoint.exists():
            return False
        state: dict[str, Any] = torch.load(self._checkpoint, weights_only=True)
        if state["steps"] != self.steps:
            raise TrainingError(f"{self._checkpoint} belongs to other settings or pairs; remove it to begin anew")
        self.model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._average = state["average"]
        self.step = state["step"]
        return True

    def save(self) -> None:
        """Replaces the checkpoint whole or not at all."""
        state = {
            "step": self.step,
            "steps": self.steps,
            "model": self.model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "average": self._average,
        }
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        partial = self._checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def run(self, history: History, until: int | None = None) -> None:
        """Trains to the end, or to step `until` only. At the end the model holds the averaged weights."""
        losses: list[float] = []
        last = self.last_step if until is None else until
        while self.step < last:
            rate = learning_rate(self._settings, self.step, self.steps)
            losses.append(self._update(rate))
            if self.step % LOG_STEPS == 0 or self.step == last:
                history.log(self.step, loss=sum(losses) / len(losses), learning_rate=rate)
                losses.clear()
            if self.step % self._settings.save_steps == 0:
                self.save()
        self.save()
        if self.step < self.last_step:
            return
        with torch.no_grad():
            for parameter, average in zip(self._parameters, self._average, strict=True):
                parameter.copy_(average)

    def _update(self, rate: float) -> float:
        settings = self._settings
        batch = self._batches[self.step]
        generator = random.Random(settings.seed * 1_000_003 + self.step)
        forward = AnswerPass(self.model, torch.bfloat16 if settings.precision == "bf16" else torch.float32)
        references = directions(forward, [thinned(pair.reference, settings.token_dropout, generator) for pair in batch])
        candidates = directions(forward, [thinned(pair.candidate, settings.token_dropout, generator) for pair in batch])
        malicious = torch.tensor([float(pair.malicious) for pair in batch])
        loss = edit_loss(references, candidates, malicious, settings)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, CLIP)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self.step += 1
        decay = min(settings.average, self.step / (self.step + 10))
        torch._foreach_lerp_(self._average, [parameter.detach() for parameter in self._parameters], 1 - decay)
        return loss.item()
