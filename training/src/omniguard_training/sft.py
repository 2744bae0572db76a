"""Stage `sft`: the warm start, on soft labels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor
from transformers import LlamaForCausalLM

from omniguard_training.augment import augment, drop_tokens
from omniguard_training.batching import draw_epoch, length_buckets
from omniguard_training.errors import TrainingError
from omniguard_training.forward import answers
from omniguard_training.merge import merge_adapter
from omniguard_training.model import add_adapter, load_base
from omniguard_training.monitor import Judge, Watch
from omniguard_training.objective import LabelPolicy, blend, cross_entropy, label_policy, soft_targets, weighted_mean
from omniguard_training.optimise import Optimiser, Schedule, WeightAverage
from omniguard_training.parallel import agree, is_first, share, size
from omniguard_training.run import EncodedRow, Run

LOG_EVERY = 10


def answer(run: Run, model: LlamaForCausalLM | PeftModel, rests: Sequence[Sequence[int]], dropout: float = 0.0) -> LabelPolicy:
    """The policy on a batch of prompts, with gradients."""
    encoder = run.encoder
    return label_policy(answers(model, encoder.prefix, rests, encoder.padding, run.dtype, dropout), encoder.labels)


def steps_of(rows: Sequence[EncodedRow], epochs: float, batch_tokens: int, weights: dict[str, float]) -> int:
    """Optimiser steps of so many epochs."""
    drawn = draw_epoch([entry.row for entry in rows], weights, random.Random(0))
    share = len(drawn) / len(rows)
    return int(epochs * share * len(length_buckets([len(entry.rest) for entry in rows], batch_tokens, random.Random(0))) / size()) + 1


def row_weights(entries: Sequence[EncodedRow], benign_weight: float) -> Tensor:
    return torch.tensor([1.0 if entry.row.malicious else benign_weight for entry in entries])


def sft_batches(run: Run, rows: Sequence[EncodedRow], generator: random.Random) -> Iterator[list[EncodedRow]]:
    """Endless batches: epochs of weighted draws, some rows augmented, bucketed by length."""
    settings = run.config.sft
    by_id = {id(entry.row): entry for entry in rows}
    tail = len(run.encoder.tail)
    while True:
        drawn: list[EncodedRow] = []
        for row in draw_epoch([entry.row for entry in rows], run.config.weights, generator):
            body = augment(row, generator) if generator.random() < settings.augment else row.body
            rest = by_id[id(row)].rest if body == row.body else run.encoder.rest(body)
            drawn.append(EncodedRow(row, drop_tokens(rest, tail, settings.token_dropout, generator)))
        for batch in share(length_buckets([len(entry.rest) for entry in drawn], settings.batch_tokens, generator)):
            yield [drawn[index] for index in batch]


def teacher_opinions(run: Run) -> dict[str, np.ndarray]:
    """Row id to the teacher's six probabilities; empty without a teacher. Raises TrainingError when its stage has not run."""
    if run.config.sft.teacher_share == 0:
        return {}
    if not run.teacher.exists():
        raise TrainingError(f"{run.teacher} is missing; run the teacher stage first or set sft.teacher_share to 0")
    with np.load(run.teacher) as stored:
        return dict(zip(stored["ids"].tolist(), stored["probabilities"], strict=True))


def sft_stage(run: Run) -> None:
    """Cross-entropy to soft labels over the whole vocabulary, so that the label mass is learned as well.

    `--resume` begins with the weights that were kept last instead of the base's.
    """
    generator = run.seed("sft")
    settings = run.config.sft
    base = load_base(run.warm if run.resume and settings.scope == "all" else run.base)
    model: LlamaForCausalLM | PeftModel = add_adapter(base, run.config.lora) if settings.scope == "adapter" else base
    model.to(run.device).train()
    opinions = teacher_opinions(run)
    rows = run.encode(run.split[0])
    schedule = Schedule(steps_of(rows, settings.epochs, settings.batch_tokens, run.config.weights), settings.max_minutes)
    optimiser = Optimiser(model.parameters(), settings.learning_rate, settings.weight_decay, schedule)
    average = WeightAverage(model.parameters(), settings.average)
    judge = Judge(run, "sft", Watch.of(run), settings.patience, lambda scores: -scores.nll)
    dropout = settings.dropout if settings.scope == "all" else 0.0
    target = run.sft if settings.scope == "adapter" else run.warm
    next_evaluation = 1 / settings.evaluations
    print(f"sft on {len(rows)} rows, at most {schedule.steps} steps", flush=True)
    with run.history("sft") as history:
        for entries in sft_batches(run, rows, generator):
            chosen = [entry.row for entry in entries]
            policy = answer(run, model, [entry.rest for entry in entries], dropout)
            targets = blend(soft_targets(chosen, settings.fitting_share, settings.smoothing), chosen, opinions, settings.teacher_share)
            losses = cross_entropy(policy, targets) - policy.log_mass
            loss = weighted_mean(losses, row_weights(entries, settings.benign_weight))
            norm = optimiser.step(loss)
            average.update()
            if schedule.step % LOG_EVERY == 1:
                history.log(schedule.step, loss=loss.item(), learning_rate=optimiser.learning_rate, grad_norm=norm)
            if schedule.progress >= next_evaluation or schedule.finished:
                next_evaluation += 1 / settings.evaluations
                if is_first():
                    with average.applied():
                        better, points = judge.look(schedule.step, model)
                        history.log(schedule.step, **points)
                        if better:
                            model.save_pretrained(target)
                if schedule.finished or agree(judge.exhausted):
                    break
    if is_first() and settings.scope == "adapter":
        merge_adapter(run.base, run.sft, run.warm)
