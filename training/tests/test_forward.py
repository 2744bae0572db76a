"""The fast pass is the same function as Transformers' own."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaForCausalLM

from omniguard_training.config import LoraShape
from omniguard_training.forward import AnswerPass, answers
from omniguard_training.model import add_adapter, answer_logits, pad
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder


@pytest.mark.parametrize("with_prefix", [True, False])
def test_answers_and_gradients_are_those_of_transformers(
    base: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row], with_prefix: bool
) -> None:
    model = add_adapter(base, LoraShape(rank=4, alpha=8))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3)) * 0.2)
    bodies = [row.body * (index + 1) for index, row in enumerate(rows[:4])]
    prefix, rests = (encoder.prefix, [encoder.rest(body) for body in bodies]) if with_prefix else ([], [encoder.prompt(body) for body in bodies])
    found, gradients = [], []
    for compute in (answer_logits, answers):
        model.zero_grad()
        logits = compute(model, prefix, rests, encoder.padding)
        logits.logsumexp(dim=-1).sum().backward()
        found.append(logits.detach())
        gradients.append({name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None})
    assert torch.allclose(found[0], found[1], atol=1e-5)
    assert gradients[0].keys() == gradients[1].keys()
    assert all("lora" in name for name in gradients[0])
    assert all(torch.allclose(gradients[0][name], gradients[1][name], atol=1e-5) for name in gradients[0])


def test_states_are_those_of_transformers(base: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row]) -> None:
    tokens = pad([encoder.body(row.body) for row in rows[:5]], encoder.padding)
    network = AnswerPass(base)
    with torch.no_grad():
        assert torch.allclose(network.head(network.states(tokens)), base(tokens).logits, atol=1e-5)


def test_bfloat16_stays_close(base: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row]) -> None:
    rests = [encoder.rest(row.body) for row in rows[:5]]
    with torch.no_grad():
        exact = answers(base, encoder.prefix, rests, encoder.padding)
        rounded = answers(base, encoder.prefix, rests, encoder.padding, torch.bfloat16)
    assert exact.dtype == rounded.dtype == torch.float32
    assert not torch.equal(exact, rounded)
    assert (exact - rounded).abs().max() < 0.2
