"""The objective: exact gradients, and the terms that anchor them."""

from __future__ import annotations

import math

import pytest
import torch
from transformers import LlamaForCausalLM

from omniguard_training.model import answer_logits
from omniguard_training.objective import expected_policy_loss, label_policy, policy_terms, soft_targets
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder


def test_gradient_equals_finite_differences(base: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row]) -> None:
    model = base.double()
    with torch.no_grad():
        # The norms of Transformers compute in float32 whatever the weights are: larger weights lift the gradient above that rounding.
        for parameter in model.model.layers.parameters():
            if parameter.dim() == 2:
                parameter.mul_(8.0)
    chosen = rows[:4]
    rests = [encoder.rest(row.body) for row in chosen]
    reference = torch.log_softmax(torch.randn(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)), dim=-1)
    rewards = torch.tensor([row.rewards for row in chosen], dtype=torch.float64)
    targets = soft_targets(chosen, 0.8, 0.02).double()

    def loss() -> torch.Tensor:
        policy = label_policy(answer_logits(model, encoder.prefix, rests, encoder.padding), encoder.labels)
        return expected_policy_loss(policy_terms(policy, reference, rewards, targets), 0.1, 0.5, 0.5, 1.0).mean()

    loss().backward()
    for parameter in (model.model.layers[0].self_attn.q_proj.weight, model.model.layers[1].mlp.down_proj.weight):
        gradient = parameter.grad
        assert gradient is not None
        index = divmod(int(gradient.abs().argmax()), gradient.shape[1])
        step = 3e-3
        with torch.no_grad():
            parameter[index] += step
            above = loss()
            parameter[index] -= 2 * step
            below = loss()
            parameter[index] += step
        assert float(gradient[index]) == pytest.approx(float((above - below) / (2 * step)), rel=0.02)


def test_label_policy_separates_choice_from_mass() -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]])
    policy = label_policy(logits, [0, 1, 2, 3, 4, 5])
    assert policy.log_probabilities.exp().sum().item() == pytest.approx(1.0)
    everything = logits.exp().sum().item()
    assert policy.log_mass.exp().item() == pytest.approx(logits[:, :6].exp().sum().item() / everything)


def test_terms_of_a_known_policy(rows: list[Row]) -> None:
    row = rows[1]
    uniform = torch.full((1, 6), -math.log(6))
    policy = label_policy(torch.zeros(1, 6), [0, 1, 2, 3, 4, 5])
    terms = policy_terms(policy, uniform, torch.tensor([row.rewards]), soft_targets([row], 0.8, 0.0))
    assert terms.expected_reward.item() == pytest.approx(sum(row.rewards) / 6)
    assert terms.kl.item() == pytest.approx(0.0, abs=1e-6)
    assert terms.entropy.item() == pytest.approx(math.log(6))
    assert terms.outside_mass.item() == pytest.approx(0.0, abs=1e-6)


def test_soft_targets_favour_the_fitting_action(rows: list[Row]) -> None:
    benign, malicious = soft_targets(rows[:2], 0.8, 0.0)
    assert benign.tolist() == [1, 0, 0, 0, 0, 0]
    assert malicious.tolist() == pytest.approx([0, 0.2, 0, 0, 0.8, 0])
    assert soft_targets(rows[:2], 0.8, 0.06).sum(dim=1).tolist() == pytest.approx([1, 1])
