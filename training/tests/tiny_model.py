"""Prepares the tests' tiny model for trainers that sample."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import LlamaForCausalLM

from omniguard_training.model import answer_logits
from omniguard_training.objective import label_policy
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder


def learn_the_form_of_an_answer(model: LlamaForCausalLM, encoder: PromptEncoder, rows: Sequence[Row]) -> None:
    """Random weights never sample a label, and a group without different ones has no signal: learn uniform labels first."""
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    prompts = [encoder.prompt(row.body) for row in rows[:16]]
    for _ in range(40):
        policy = label_policy(answer_logits(model, [], prompts, encoder.padding), encoder.labels)
        loss = -(policy.log_probabilities.mean(dim=-1) + policy.log_mass).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
