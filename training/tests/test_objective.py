"""The objective: exact gradients, and the terms that anchor them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from omniguard_training.model import answer_logits
from omniguard_training.objective import blend, expected_policy_loss, label_policy, policy_terms, soft_targets
from omniguard_training.rewards import environment_rewards, threat_rewards
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

    with torch.no_grad():
        former = label_policy(answer_logits(model, encoder.prefix, rests, encoder.padding), encoder.labels).log_probabilities

    def loss() -> torch.Tensor:
        policy = label_policy(answer_logits(model, encoder.prefix, rests, encoder.padding), encoder.labels)
        terms = policy_terms(policy, reference, former, rewards, threat_rewards(chosen).double(), targets, 0.2)
        return expected_policy_loss(terms, 0.1, 0.5, 0.5, 1.0).mean()

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
    terms = policy_terms(policy, uniform, uniform, environment_rewards([row]), threat_rewards([row]), soft_targets([row], 0.8, 0.0), 0.2)
    assert terms.env_step_reward.item() == pytest.approx(sum(row.rewards) / 6)
    assert terms.threat_awareness.item() == pytest.approx(5 / 6)
    assert terms.reward.item() == pytest.approx(sum(row.rewards) / 6 + 0.2 * 5 / 6 + 0.1)
    assert terms.surrogate.item() == pytest.approx(0.0, abs=1e-6)
    assert terms.clip_ratio.item() == 0.0
    assert terms.kl.item() == pytest.approx(0.0, abs=1e-6)
    assert terms.entropy.item() == pytest.approx(math.log(6))
    assert terms.outside_mass.item() == pytest.approx(0.0, abs=1e-6)


def test_soft_targets_favour_the_fitting_action(rows: list[Row]) -> None:
    benign, malicious = soft_targets(rows[:2], 0.8, 0.0)
    assert benign.tolist() == [1, 0, 0, 0, 0, 0]
    assert malicious.tolist() == pytest.approx([0, 0.2, 0, 0, 0.8, 0])
    assert soft_targets(rows[:2], 0.8, 0.06).sum(dim=1).tolist() == pytest.approx([1, 1])


def test_the_gradient_at_the_former_policy_is_that_of_the_expected_reward(rows: list[Row]) -> None:
    chosen = rows[:6]
    logits = torch.randn(6, 6, generator=torch.Generator().manual_seed(2)).requires_grad_()
    pay = environment_rewards(chosen) + 0.2 * threat_rewards(chosen)
    (expected,) = torch.autograd.grad((torch.softmax(logits, dim=-1) * pay).sum(), logits)
    policy = label_policy(logits, range(6))
    terms = policy_terms(
        policy, policy.log_probabilities.detach(), policy.log_probabilities.detach(), environment_rewards(chosen), threat_rewards(chosen), soft_targets(chosen, 0.8, 0.0), 0.2
    )
    (surrogate,) = torch.autograd.grad(terms.surrogate.sum(), logits)
    assert torch.allclose(surrogate, expected, atol=1e-6)


def test_a_step_out_of_the_clipping_range_earns_nothing_more(rows: list[Row]) -> None:
    row = rows[1]
    former = torch.full((1, 6), -math.log(6))
    far = torch.tensor([[-9.0, 1.0, 0.0, 0.0, 3.0, 0.0]], requires_grad=True)
    terms = policy_terms(
        label_policy(far, range(6)), former, former, environment_rewards([row]), threat_rewards([row]), soft_targets([row], 0.8, 0.0), 0.2
    )
    assert terms.clip_ratio.item() > 0.5
    (gradient,) = torch.autograd.grad(terms.surrogate.sum(), far)
    assert gradient[0, 4].item() <= 0


def test_the_teacher_takes_its_share(rows: list[Row]) -> None:
    opinion = np.array([0.5, 0.5, 0, 0, 0, 0], dtype=np.float32)
    blended = blend(soft_targets(rows[:2], 0.8, 0.0), rows[:2], {rows[0].id: opinion}, 0.4)
    assert blended[0].tolist() == pytest.approx([0.8, 0.2, 0, 0, 0, 0])
    assert blended[1].tolist() == pytest.approx([0, 0.2, 0, 0, 0.8, 0])
