"""The optimiser loop's shared parts: AdamW, warm-up and cosine by progress, clipping."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import Parameter

from omniguard_training.parallel import average

WARM_UP = 0.03
CLIP = 1.0
LONGEST_STEP = 20.0
"""Seconds of one step that count; a process that was stopped for longer does not lose its schedule."""


class Schedule:
    """Progress 0..1 of a stage, by steps or by the clock, whichever is further: a stage ends on time on a busy machine."""

    def __init__(self, steps: int, max_minutes: float) -> None:
        self.steps = max(1, steps)
        self._seconds = max_minutes * 60
        self._looked = time.monotonic()
        self._active = 0.0
        self.step = 0
        self.progress = 0.0

    def measure(self) -> float:
        """Where this process stands after one more step."""
        now = time.monotonic()
        self._active += min(now - self._looked, LONGEST_STEP)
        self._looked = now
        return min(1.0, max((self.step + 1) / self.steps, self._active / self._seconds))

    def advance(self, progress: float) -> None:
        """Counts a step and takes over the progress that all processes agreed on."""
        self.step += 1
        self.progress = progress

    @property
    def finished(self) -> bool:
        return self.progress >= 1.0 - 1e-6

    def factor(self) -> float:
        """Share of the peak learning rate: linear warm-up, then cosine to a tenth."""
        progress = self.progress
        if progress < WARM_UP:
            return max(0.05, progress / WARM_UP)
        return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


class Optimiser:
    """AdamW with clipping; one call per batch."""

    def __init__(self, parameters: Iterable[Parameter], learning_rate: float, weight_decay: float, schedule: Schedule) -> None:
        self._parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self._peak = learning_rate
        self._schedule = schedule
        self._adam = torch.optim.AdamW(self._parameters, lr=learning_rate, betas=(0.9, 0.98), weight_decay=weight_decay, fused=True)
        self.learning_rate = 0.0

    def step(self, loss: Tensor) -> float:
        """Backpropagates and updates. Returns the gradient norm before clipping."""
        self.learning_rate = self._peak * self._schedule.factor()
        for group in self._adam.param_groups:
            group["lr"] = self.learning_rate
        loss.backward()
        progress = average(self._parameters, self._schedule.measure())
        norm = float(torch.nn.utils.clip_grad_norm_(self._parameters, CLIP))
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        self._schedule.advance(progress)
        return norm


class WeightAverage:
    """Exponential moving average of the trained weights; it lies flatter than the last step and is what gets kept."""

    def __init__(self, parameters: Iterable[Parameter], decay: float) -> None:
        self._parameters = [parameter for parameter in parameters if parameter.requires_grad]
        self._decay = decay
        self._steps = 0
        self._average = [parameter.detach().clone() for parameter in self._parameters] if decay > 0 else []

    def update(self) -> None:
        """After a step. The average starts with a shorter memory, so that the first weights do not linger in it."""
        self._steps += 1
        if self._average:
            decay = min(self._decay, self._steps / (self._steps + 10))
            torch._foreach_lerp_(self._average, [parameter.detach() for parameter in self._parameters], 1 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model has the averaged weights inside the block, and its own again after it."""
        own = [parameter.detach().clone() for parameter in self._parameters] if self._average else []
        with torch.no_grad():
            for parameter, average in zip(self._parameters, self._average, strict=False):
                parameter.copy_(average)
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, value in zip(self._parameters, own, strict=False):
                    parameter.copy_(value)
