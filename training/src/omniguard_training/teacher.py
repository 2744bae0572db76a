"""Stage `teacher`: a linear model on hashed n-grams, whose out-of-fold opinions soften the labels of the warm start.

A linear model on n-grams and a small transformer err on different messages. Each row is judged by a model that was fitted on the
other folds only (whole groups apart), so its opinion is one about an unseen message.
"""

from __future__ import annotations

import hashlib
import random
import re
import zlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from omniguard_training.actions import ACTIONS
from omniguard_training.config import TeacherConfig
from omniguard_training.rows import Row
from omniguard_training.run import Run

BUCKETS = 2**19
WORD = re.compile(r"[^\W_]+|_|[^\s\w]")
CHARACTERS = 5
REPORT_EVERY = 1


def features(body: str) -> np.ndarray:
    """Sorted distinct buckets of a body: words, pairs of words, pairs of hints, and character 5-grams within words."""
    text = body.lower()
    found: set[str] = set()
    words = WORD.findall(text)
    found.update(words)
    found.update(f"{first} {second}" for first, second in zip(words, words[1:], strict=False))
    for line in text.split("\n", 4)[:3]:
        if line.startswith("hints:"):
            hints = sorted(line.split()[1:])
            found.update(f"&{first}&{second}" for index, first in enumerate(hints) for second in hints[index + 1 :])
    for word in set(words):
        found.update(f"#{word[start : start + CHARACTERS]}" for start in range(len(word) - CHARACTERS + 1))
    return np.unique(np.fromiter((zlib.crc32(entry.encode()) % BUCKETS for entry in found), dtype=np.int64, count=len(found)))


def fold_of(row: Row, folds: int) -> int:
    """All rows of a group lie in one fold."""
    return int.from_bytes(hashlib.sha256(f"fold\n{row.source}\n{row.group}".encode()).digest()[:4], "big") % folds


class LinearTeacher:
    """Multinomial logistic regression over hashed features, fitted by AdaGrad."""

    def __init__(self) -> None:
        self._weights = torch.nn.EmbeddingBag(BUCKETS, len(ACTIONS), mode="sum", sparse=True)
        self._bias = torch.nn.Parameter(torch.zeros(len(ACTIONS)))
        torch.nn.init.zeros_(self._weights.weight)

    def logits(self, examples: Sequence[np.ndarray]) -> Tensor:
        """(examples, 6)."""
        sizes = [len(example) for example in examples]
        offsets = torch.tensor([0, *np.cumsum(sizes)[:-1]])
        values = torch.tensor(np.repeat([1.0 / max(1, size) ** 0.5 for size in sizes], sizes), dtype=torch.float32)
        return self._weights(torch.from_numpy(np.concatenate(examples)), offsets, per_sample_weights=values) + self._bias

    def fit(self, examples: Sequence[np.ndarray], targets: Tensor, settings: TeacherConfig, generator: random.Random) -> None:
        """`targets` (examples, 6) are probabilities."""
        optimiser = torch.optim.Adagrad([self._weights.weight, self._bias], lr=settings.learning_rate, initial_accumulator_value=1e-8)
        order = list(range(len(examples)))
        for _ in range(settings.epochs):
            generator.shuffle(order)
            for start in range(0, len(order), settings.batch):
                chosen = order[start : start + settings.batch]
                loss = -(targets[chosen] * torch.log_softmax(self.logits([examples[index] for index in chosen]), dim=-1)).sum(dim=-1).mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

    def probabilities(self, examples: Sequence[np.ndarray]) -> np.ndarray:
        with torch.inference_mode():
            return torch.cat([torch.softmax(self.logits(examples[start : start + 512]), dim=-1) for start in range(0, len(examples), 512)]).numpy()


def out_of_fold(rows: Sequence[Row], settings: TeacherConfig, generator: random.Random) -> np.ndarray:
    """(rows, 6): for each row the opinion of the model that was fitted without its fold."""
    examples = [features(row.body) for row in rows]
    targets = torch.nn.functional.one_hot(torch.tensor([row.fitting for row in rows]), len(ACTIONS)).float()
    folds = np.array([fold_of(row, settings.folds) for row in rows])
    opinions = np.zeros((len(rows), len(ACTIONS)), dtype=np.float32)
    for fold in range(settings.folds):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(inside):
            continue
        model = LinearTeacher()
        model.fit([examples[index] for index in outside], targets[outside], settings, generator)
        opinions[inside] = model.probabilities([examples[index] for index in inside])
        right = (opinions[inside].argmax(axis=1) == targets[inside].argmax(dim=1).numpy()).mean()
        print(f"teacher fold {fold}: {len(inside)} rows, {right:.3f} right", flush=True)
    return opinions


def teacher_stage(run: Run) -> None:
    """Writes `teacher.npz`: ids of the training rows and their out-of-fold probabilities."""
    generator = run.seed("teacher")
    rows = run.split[0]
    opinions = out_of_fold(rows, run.config.teacher, generator)
    np.savez_compressed(run.teacher, ids=np.array([row.id for row in rows]), probabilities=opinions)
