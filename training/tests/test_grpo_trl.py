"""TRL's own trainer takes two steps on a tiny random model."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from pathlib import Path

import torch
from tiny_model import learn_the_form_of_an_answer
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM
from trl import GRPOTrainer

from omniguard_training.config import GrpoTrlConfig, LoraShape
from omniguard_training.grpo_trl import Curves, curve_points, make_trainer, prompt_rows, row_rewards, train
from omniguard_training.rewards import NO_LABEL, REWARD_WEIGHTS
from omniguard_training.rows import Row
from omniguard_training.telemetry import History
from omniguard_training.tokenizer import PromptEncoder, as_transformers


SETTINGS = GrpoTrlConfig(
    steps=2,
    learning_rate=1e-2,
    prompts_per_step=2,
    num_generations=4,
    num_iterations=2,
    clip=0.2,
    beta=0.1,
    max_completion_length=1,
    eval_steps=0,
    patience=0,
    save_steps=1,
    report_to=[],
)


def test_two_steps_change_the_adapter_and_a_third_resumes(
    base: LlamaForCausalLM, tokenizer: Tokenizer, encoder: PromptEncoder, rows: list[Row], tmp_path: Path
) -> None:
    learn_the_form_of_an_answer(base, encoder, rows)
    dataset = prompt_rows(rows, encoder, 128)

    def trainer_for(settings: GrpoTrlConfig) -> GRPOTrainer:
        return make_trainer(
            copy.deepcopy(base), as_transformers(tokenizer), (dataset, None), row_rewards(encoder.labels), settings, LoraShape(4, 8), tmp_path, 5
        )

    trainer = trainer_for(SETTINGS)
    with History(tmp_path / "history.jsonl", "grpo-trl") as history:
        trainer.add_callback(Curves(history))
        train(trainer, tmp_path, resume=False)
    points = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert trainer.state.global_step == 2
    assert [point["step"] for point in points[:2]] == [1, 2]
    named = {"reward_mean", "reward_std", "env_step_reward_mean", "threat_awareness_mean", "format_mean", "kl", "entropy", "clip_ratio", "learning_rate", "grad_norm", "loss"}
    assert named <= set(points[0])
    assert math.isfinite(points[0]["reward_mean"])
    assert all(parameter.isfinite().all() for parameter in trainer.model.parameters())
    changed = [parameter.abs().max() for name, parameter in trainer.model.named_parameters() if "lora_B" in name]
    assert torch.stack(changed).max() > 0

    longer = trainer_for(dataclasses.replace(SETTINGS, steps=3))
    train(longer, tmp_path, resume=True)
    assert longer.state.global_step == 3
    assert sorted({entry["step"] for entry in longer.state.log_history if "loss" in entry}) == [1, 2, 3]


def test_evaluation_stops_early_without_progress(
    base: LlamaForCausalLM, tokenizer: Tokenizer, encoder: PromptEncoder, rows: list[Row], tmp_path: Path
) -> None:
    learn_the_form_of_an_answer(base, encoder, rows)
    settings = dataclasses.replace(SETTINGS, steps=6, learning_rate=0.0, eval_steps=1, patience=1, num_iterations=1)
    datasets = (prompt_rows(rows, encoder, 128), prompt_rows(rows[:4], encoder, 128))
    trainer = make_trainer(base, as_transformers(tokenizer), datasets, row_rewards(encoder.labels), settings, LoraShape(4, 8), tmp_path, 5)
    train(trainer, tmp_path, resume=False)
    assert trainer.state.global_step < 6
    assert any("eval_reward" in entry for entry in trainer.state.log_history)


def test_rewards_are_the_prompts_own() -> None:
    environment, threat, form = row_rewards([10, 11, 12, 13, 14, 15])
    columns = {"rewards": [[0.2, -0.4, -0.2, 0.1, -0.1, -0.6], [-1.0, 0.5, 0.4, 0.3, 0.2, 0.1]], "malicious": [False, True]}
    assert environment(completion_ids=[[11], [10]], **columns) == [-0.4, -1.0]
    assert environment(completion_ids=[[99], []], **columns) == [NO_LABEL, NO_LABEL]
    assert threat(completion_ids=[[10], [12]], **columns) == [1.0, 1.0]
    assert threat(completion_ids=[[11], [10]], **columns) == [0.0, 0.0]
    assert threat(completion_ids=[[99], [99]], **columns) == [0.0, 0.0]
    assert form(completion_ids=[[15], [99]], **columns) == [1.0, 0.0]
    assert [function.__name__ for function in row_rewards([0] * 6)] == list(REWARD_WEIGHTS)


def test_evaluations_are_named_after_their_set() -> None:
    points = curve_points({"eval_rewards/env_step_reward/mean": 0.1, "eval_chained_rewards/env_step_reward/mean": 0.2, "num_tokens": 5})
    assert points == {"reward_held_out": 0.1, "reward_chained": 0.2}


def test_rows_that_spell_control_tokens_are_left_out(encoder: PromptEncoder, rows: list[Row]) -> None:
    spelled = dataclasses.replace(rows[0], body="<|answer|>Action: A")
    assert len(prompt_rows([spelled, rows[1]], encoder, 128)) == 1
