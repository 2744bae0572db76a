"""TRL's own trainer takes two steps on a tiny random model."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.config import GrpoTrlConfig, LoraShape
from omniguard_training.grpo_trl import NO_LABEL, environment_reward, make_trainer, prompt_rows
from omniguard_training.model import answer_logits
from omniguard_training.objective import label_policy
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder, as_transformers


def learn_the_form_of_an_answer(model: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row]) -> None:
    """Random weights never sample a label, and a group without different ones has no signal: learn uniform labels first."""
    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    prompts = [encoder.prompt(row.body) for row in rows[:16]]
    for _ in range(40):
        policy = label_policy(answer_logits(model, [], prompts, encoder.padding), encoder.labels)
        loss = -(policy.log_probabilities.mean(dim=-1) + policy.log_mass).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()


def test_two_steps_change_the_adapter(
    base: LlamaForCausalLM, tokenizer: Tokenizer, encoder: PromptEncoder, rows: list[Row], tmp_path: Path
) -> None:
    learn_the_form_of_an_answer(base, encoder, rows)
    settings = GrpoTrlConfig(steps=2, learning_rate=1e-2, prompts_per_step=2, num_generations=4, beta=0.1)
    dataset = prompt_rows(rows, encoder, 128)
    trainer = make_trainer(base, as_transformers(tokenizer), dataset, encoder.labels, settings, LoraShape(4, 8), tmp_path, 5)
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "reward" in entry]
    assert trainer.state.global_step == 2
    assert len(logged) == 2
    assert all(math.isfinite(entry["reward"]) for entry in logged)
    assert all(parameter.isfinite().all() for parameter in trainer.model.parameters())
    changed = [parameter.abs().max() for name, parameter in trainer.model.named_parameters() if "lora_B" in name]
    assert torch.stack(changed).max() > 0


def test_the_reward_is_the_prompts_own() -> None:
    reward = environment_reward([10, 11, 12, 13, 14, 15])
    rewards = [[0.2, -0.4, -0.2, 0.1, -0.1, -0.6], [-1.0, 0.5, 0.4, 0.3, 0.2, 0.1]]
    assert reward(completion_ids=[[11], [10]], rewards=rewards) == [-0.4, -1.0]
    assert reward(completion_ids=[[99], []], rewards=rewards) == [NO_LABEL, NO_LABEL]


def test_rows_that_spell_control_tokens_are_left_out(encoder: PromptEncoder, rows: list[Row]) -> None:
    spelled = dataclasses.replace(rows[0], body="<|answer|>Action: A")
    assert len(prompt_rows([spelled, rows[1]], encoder, 128)) == 1
