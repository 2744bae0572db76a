"""Stages `sft` and `grpo`: the defender as a LoRA adapter on the base."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from peft import PeftModel
from transformers import LlamaForCausalLM

from omniguard_training.augment import augment
from omniguard_training.batching import draw_epoch, length_buckets
from omniguard_training.metrics import Scores, score
from omniguard_training.model import add_adapter, answer_logits, fused, load_adapter, load_base
from omniguard_training.objective import (
    LabelPolicy,
    cross_entropy,
    expected_policy_loss,
    label_policy,
    policy_terms,
    soft_targets,
    weighted_mean,
)
from omniguard_training.optimise import Optimiser, Schedule
from omniguard_training.parallel import is_first, share, size
from omniguard_training.predict import predict
from omniguard_training.run import EncodedRow, Run
from omniguard_training.tokenizer import PromptEncoder

LOG_EVERY = 10
EVALUATIONS = 8
HELD_OUT_ROWS = 500


def answer(model: LlamaForCausalLM | PeftModel, encoder: PromptEncoder, rests: Sequence[Sequence[int]]) -> LabelPolicy:
    """The policy on a batch of prompts, with gradients."""
    return label_policy(answer_logits(model, encoder.prefix, rests, encoder.padding), encoder.labels)


def evaluate_rows(run: Run, model: PeftModel, held_out: Sequence[EncodedRow]) -> Scores:
    """Scores of the greedy policy on encoded rows."""
    predictions = predict(model, run.encoder, [entry.rest for entry in held_out])
    return score([entry.row for entry in held_out], np.exp(predictions.log_probabilities), predictions.mass)


def held_out_metrics(scores: Scores) -> dict[str, float]:
    """The names under which the dashboard shows held-out figures."""
    return {
        "env_reward": scores.mean_reward,
        "threat_awareness": scores.recall,
        "false_positive_rate": scores.false_positive_rate,
        "acceptable": scores.acceptable,
        "ece": scores.ece,
        "label_mass": scores.label_mass,
    }


def held_out_sample(run: Run) -> list[EncodedRow]:
    """A fixed random part of the held-out rows, small enough to be scored often."""
    rows = list(run.split[1])
    random.Random(run.config.seed).shuffle(rows)
    return run.encode(rows[:HELD_OUT_ROWS])


def report(stage: str, step: int, loss: float, scores: Scores) -> None:
    print(
        f"{stage} step {step}: loss {loss:.3f} reward {scores.mean_reward:.3f} recall {scores.recall:.3f} "
        f"fpr {scores.false_positive_rate:.3f} acceptable {scores.acceptable:.3f} ece {scores.ece:.3f}",
        flush=True,
    )


def sft_batches(run: Run, rows: Sequence[EncodedRow], generator: random.Random) -> Iterator[list[EncodedRow]]:
    """Endless batches: epochs of weighted draws, some rows augmented, bucketed by length."""
    settings = run.config.sft
    by_id = {id(entry.row): entry for entry in rows}
    while True:
        drawn: list[EncodedRow] = []
        for row in draw_epoch([entry.row for entry in rows], run.config.weights, generator):
            body = augment(row, generator) if generator.random() < settings.augment else row.body
            drawn.append(by_id[id(row)] if body == row.body else EncodedRow(row, run.encoder.rest(body)))
        for batch in share(length_buckets([len(entry.rest) for entry in drawn], settings.batch_tokens, generator)):
            yield [drawn[index] for index in batch]


def row_weights(entries: Sequence[EncodedRow], benign_weight: float) -> torch.Tensor:
    return torch.tensor([1.0 if entry.row.malicious else benign_weight for entry in entries])


def steps_of(rows: Sequence[EncodedRow], epochs: int, batch_tokens: int, weights: dict[str, float]) -> int:
    """Optimiser steps of so many epochs."""
    drawn = draw_epoch([entry.row for entry in rows], weights, random.Random(0))
    share = len(drawn) / len(rows)
    return int(epochs * share * len(length_buckets([len(entry.rest) for entry in rows], batch_tokens, random.Random(0))) / size()) + 1


def sft_stage(run: Run) -> None:
    """Warm start: cross-entropy to soft labels over the whole vocabulary, so that the label mass is learned as well."""
    generator = run.seed("sft")
    settings = run.config.sft
    encoder = run.encoder
    model = add_adapter(load_base(run.base), run.config.lora)
    model.train()
    network = fused(model)
    rows = run.encode(run.split[0])
    held_out = held_out_sample(run)
    schedule = Schedule(steps_of(rows, settings.epochs, settings.batch_tokens, run.config.weights), settings.max_minutes)
    optimiser = Optimiser(model.parameters(), settings.learning_rate, 0.01, schedule)
    print(f"sft on {len(rows)} rows, held out {len(held_out)}", flush=True)
    next_evaluation = 1 / EVALUATIONS
    with run.history("sft") as history:
        for entries in sft_batches(run, rows, generator):
            policy = answer(network, encoder, [entry.rest for entry in entries])
            targets = soft_targets([entry.row for entry in entries], settings.fitting_share, settings.smoothing)
            losses = cross_entropy(policy, targets) - policy.log_mass
            loss = weighted_mean(losses, row_weights(entries, settings.benign_weight))
            norm = optimiser.step(loss)
            if schedule.step % LOG_EVERY == 1:
                history.log(schedule.step, loss=loss.item(), lr=optimiser.learning_rate, grad_norm=norm)
            if schedule.progress >= next_evaluation or schedule.finished:
                next_evaluation += 1 / EVALUATIONS
                if is_first():
                    scores = evaluate_rows(run, model, held_out)
                    history.log(schedule.step, loss=loss.item(), lr=optimiser.learning_rate, **held_out_metrics(scores))
                    report("sft", schedule.step, loss.item(), scores)
                    model.save_pretrained(run.sft)
            if schedule.finished:
                return


def grpo_stage(run: Run) -> None:
    """Expected-policy GRPO from the warm start: the exact gradient of the environment's reward over all six actions."""
    generator = run.seed("grpo")
    settings = run.config.grpo
    encoder = run.encoder
    model = load_adapter(run.base, run.sft, trainable=True)
    rows = run.encode(run.split[0])
    held_out = held_out_sample(run)
    warm_start = load_adapter(run.base, run.sft, trainable=False).merge_and_unload().eval()
    by_id = {id(entry.row): entry for entry in rows}
    model.train()
    network = fused(model)
    schedule = Schedule(steps_of(rows, settings.epochs, settings.batch_tokens, run.config.weights), settings.max_minutes)
    optimiser = Optimiser(model.parameters(), settings.learning_rate, 0.0, schedule)
    next_evaluation = 1 / EVALUATIONS
    with run.history("grpo") as history:
        if is_first():
            report("grpo", 0, float("nan"), evaluate_rows(run, model, held_out))
        while not schedule.finished:
            drawn = [by_id[id(row)] for row in draw_epoch([entry.row for entry in rows], run.config.weights, generator)]
            for batch in share(length_buckets([len(entry.rest) for entry in drawn], settings.batch_tokens, generator)):
                entries = [drawn[index] for index in batch]
                chosen = [entry.row for entry in entries]
                rests = [entry.rest for entry in entries]
                with torch.inference_mode():
                    reference = answer(warm_start, encoder, rests)
                policy = answer(network, encoder, rests)
                terms = policy_terms(
                    policy,
                    reference.log_probabilities.clone(),
                    torch.tensor([row.rewards for row in chosen]),
                    soft_targets(chosen, run.config.sft.fitting_share, run.config.sft.smoothing),
                )
                losses = expected_policy_loss(terms, settings.beta, settings.ce, settings.mass, settings.reward_scale)
                loss = weighted_mean(losses, row_weights(entries, settings.benign_weight))
                norm = optimiser.step(loss)
                if schedule.step % LOG_EVERY == 1:
                    history.log(
                        schedule.step,
                        loss=loss.item(),
                        reward=terms.expected_reward.mean().item(),
                        kl=terms.kl.mean().item(),
                        entropy=terms.entropy.mean().item(),
                        lr=optimiser.learning_rate,
                        grad_norm=norm,
                    )
                if schedule.progress >= next_evaluation or schedule.finished:
                    next_evaluation += 1 / EVALUATIONS
                    if is_first():
                        scores = evaluate_rows(run, model, held_out)
                        history.log(schedule.step, loss=loss.item(), kl=terms.kl.mean().item(), **held_out_metrics(scores))
                        report("grpo", schedule.step, loss.item(), scores)
                        model.save_pretrained(run.defender)
                if schedule.finished:
                    break
