"""Losses over the six label logits. All take vocabulary logits at the answer position and return a mean over prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from omniguard_training.rewards import ENV_STEP_REWARD, FORMAT, REWARD_WEIGHTS, THREAT_AWARENESS
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


def blend(targets: Tensor, rows: Sequence[Row], opinions: Mapping[str, np.ndarray], teacher_share: float) -> Tensor:
    """(rows, 6): the teacher's opinion takes `teacher_share` of a row's mass; rows it has none of keep their labels."""
    if teacher_share == 0:
        return targets
    taught = torch.stack([torch.from_numpy(opinions[row.id]) if row.id in opinions else target for row, target in zip(rows, targets, strict=True)])
    return (1.0 - teacher_share) * targets + teacher_share * taught


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean of per-prompt values under non-negative weights."""
    return (values * weights).sum() / weights.sum()


def cross_entropy(policy: LabelPolicy, targets: Tensor) -> Tensor:
    """(prompts,): cross-entropy of the policy to soft labels, in nats."""
    return -(targets * policy.log_probabilities).sum(dim=-1)


@dataclass(frozen=True)
class PolicyTerms:
    """Per-prompt parts of the expected-policy objective, each (prompts,)."""

    surrogate: Tensor
    """Expected advantage under the clipped ratio to the policy that the batch began with."""
    env_step_reward: Tensor
    """Expected environment reward."""
    threat_awareness: Tensor
    """Probability of a decision that separates malicious from benign."""
    reward: Tensor
    """Expected overall reward, `REWARD_WEIGHTS`."""
    reward_std: Tensor
    """Standard deviation of the overall reward over the actions."""
    kl: Tensor
    cross_entropy: Tensor
    outside_mass: Tensor
    entropy: Tensor
    clip_ratio: Tensor
    """Probability of the actions whose ratio lies outside the clipping range."""

    def points(self) -> dict[str, float]:
        """Means under the names that curves have."""
        return {
            "reward_mean": self.reward.mean().item(),
            "reward_std": self.reward_std.mean().item(),
            "env_step_reward_mean": self.env_step_reward.mean().item(),
            "threat_awareness_mean": self.threat_awareness.mean().item(),
            "format_mean": 1.0 - self.outside_mass.mean().item(),
            "kl": self.kl.mean().item(),
            "entropy": self.entropy.mean().item(),
            "clip_ratio": self.clip_ratio.mean().item(),
        }


def policy_terms(
    policy: LabelPolicy, reference: Tensor, former: Tensor, rewards: Tensor, threats: Tensor, targets: Tensor, clip: float
) -> PolicyTerms:
    """Exact expectations over the six actions: no sampling, hence no variance.

    `reference` and `former` hold log-probabilities (prompts, 6) of the warm start and of the policy before the batch's first
    update, `rewards` and `threats` what the environment and threat awareness pay for each action. While policy and former are
    equal, the gradient of the surrogate is that of the expected reward.
    """
    probabilities = policy.log_probabilities.exp()
    before = former.exp()
    pay = REWARD_WEIGHTS[ENV_STEP_REWARD] * rewards + REWARD_WEIGHTS[THREAT_AWARENESS] * threats
    reward = (probabilities * pay).sum(dim=-1)
    advantage = pay - (before * pay).sum(dim=-1, keepdim=True)
    ratio = (policy.log_probabilities - former).exp()
    clipped = ratio.clamp(1.0 - clip, 1.0 + clip)
    return PolicyTerms(
        surrogate=(before * torch.minimum(ratio * advantage, clipped * advantage)).sum(dim=-1),
        env_step_reward=(probabilities * rewards).sum(dim=-1),
        threat_awareness=(probabilities * threats).sum(dim=-1),
        reward=reward + REWARD_WEIGHTS[FORMAT] * policy.log_mass.exp(),
        reward_std=(probabilities * (pay - reward[:, None]) ** 2).sum(dim=-1).sqrt(),
        kl=(probabilities * (policy.log_probabilities - reference)).sum(dim=-1),
        cross_entropy=cross_entropy(policy, targets),
        outside_mass=1.0 - policy.log_mass.exp(),
        entropy=-(probabilities * policy.log_probabilities).sum(dim=-1),
        clip_ratio=(before * ((ratio - 1.0).abs() > clip)).sum(dim=-1),
    )


def expected_policy_loss(terms: PolicyTerms, beta: float, ce: float, mass: float, reward_scale: float) -> Tensor:
    """(prompts,): -surrogate + beta KL(pi || pi_sft) + ce CE + mass (1 - label mass)."""
    return -reward_scale * terms.surrogate + beta * terms.kl + ce * terms.cross_entropy + mass * terms.outside_mass
