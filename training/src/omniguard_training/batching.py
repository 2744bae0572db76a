"""Order of training: weighted draws, length-bucketed batches."""

from __future__ import annotations

import random
from collections.abc import Sequence

from omniguard_training.rows import Row


def draw_epoch(rows: Sequence[Row], weights: dict[str, float], generator: random.Random) -> list[Row]:
    """One epoch: each row as often as its weight says, the fraction by chance. A row's weight is the product of the
    entries for its source and its vector."""
    drawn: list[Row] = []
    for row in rows:
        weight = weights.get(row.source, 1.0) * weights.get(row.vector, 1.0)
        times = int(weight) + (generator.random() < weight - int(weight))
        drawn.extend([row] * times)
    return drawn


def length_buckets(lengths: Sequence[int], batch_tokens: int, generator: random.Random) -> list[list[int]]:
    """Indices in batches of similar length, at most `batch_tokens` padded tokens each (one row at least), in random order."""
    order = sorted(range(len(lengths)), key=lambda index: lengths[index] * generator.uniform(0.9, 1.1))
    batches: list[list[int]] = []
    batch: list[int] = []
    width = 0
    for index in order:
        wider = max(width, lengths[index])
        if batch and wider * (len(batch) + 1) > batch_tokens:
            batches.append(batch)
            batch, wider = [], lengths[index]
        batch.append(index)
        width = wider
    if batch:
        batches.append(batch)
    generator.shuffle(batches)
    return batches
