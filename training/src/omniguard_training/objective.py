"""Losses over the six label logits. All take vocabulary logits at the answer position and return a mean over prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from omniguard_training.rows import Row


@dataclass(frozen=True)
class LabelPolicy:
    """The policy over the six actions, and how much of the vocabulary's mass it holds."""

    log_probabilities: Tensor
    """(prompts, 6), normalised over the labels."""
    log_mass: Tensor
    """(prompts,), log of the labels' share of the whole vocabulary, at most 0."""


def label_policy(logits: Tensor, labels: Sequence[int]) -> LabelPolicy:
    """Splits p(token) into p(one of the labels) * p(label | one of the labels)."""
    chosen = torch.log_softmax(logits, dim=-1)[:, list(labels)]
    log_mass = torch.logsumexp(chosen, dim=-1)
    return LabelPolicy(chosen - log_mass[:, None], log_mass)


def soft_targets(rows: Sequence[Row], fitting_share: float, smoothing: float) -> Tensor:
    """(rows, 6): `fitting_share` on the fitting action, the rest on the other acceptable ones, then smoothed.

    A benign row has all its mass on the fitting action: detours that cost nothing in the environment are alarms all the same.
    """
    targets = torch.zeros(len(rows), 6)
    for index, row in enumerate(rows):
        others = [action for action in row.acceptable if action != row.fitting] if row.malicious else []
        if not others:
            targets[index, row.fitting] = 1.0
            continue
        targets[index, row.fitting] = fitting_share
        for action in others:
            targets[index, action] = (1.0 - fitting_share) / len(others)
    return targets * (1.0 - smoothing) + smoothing / 6


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean of per-prompt values under non-negative weights."""
    return (values * weights).sum() / weights.sum()


def cross_entropy(policy: LabelPolicy, targets: Tensor) -> Tensor:
    """(prompts,): cross-entropy of the policy to soft labels, in nats."""
    return -(targets * policy.log_probabilities).sum(dim=-1)


@dataclass(frozen=True)
class PolicyTerms:
    """Per-prompt parts of the expected-policy objective, each (prompts,)."""

    expected_reward: Tensor
    kl: Tensor
    cross_entropy: Tensor
    outside_mass: Tensor
    entropy: Tensor


def policy_terms(policy: LabelPolicy, reference: Tensor, rewards: Tensor, targets: Tensor) -> PolicyTerms:
    """Exact expectations over the six actions: no sampling, hence no variance.

    `reference` holds the warm start's log-probabilities (prompts, 6), `rewards` the environment's pay for each action.
    """
    probabilities = policy.log_probabilities.exp()
    return PolicyTerms(
        expected_reward=(probabilities * rewards).sum(dim=-1),
        kl=(probabilities * (policy.log_probabilities - reference)).sum(dim=-1),
        cross_entropy=cross_entropy(policy, targets),
        outside_mass=1.0 - policy.log_mass.exp(),
        entropy=-(probabilities * policy.log_probabilities).sum(dim=-1),
    )


def expected_policy_loss(terms: PolicyTerms, beta: float, ce: float, mass: float, reward_scale: float) -> Tensor:
    """(prompts,): -(sum pi R) + beta KL(pi || pi_sft) + ce CE + mass (1 - label mass)."""
    return (
        -reward_scale * terms.expected_reward
        + beta * terms.kl
        + ce * terms.cross_entropy
        + mass * terms.outside_mass
    )
