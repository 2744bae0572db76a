"""Stage `grpo-trl`: TRL's own GRPOTrainer in batch mode, on rows; and what the stage `grpo-openenv` shares with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import EarlyStoppingCallback, PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, TrainerCallback
from transformers.trainer_utils import get_last_checkpoint
from trl import GRPOConfig, GRPOTrainer

from omniguard_training.actions import ALLOW
from omniguard_training.config import GrpoTrlConfig, LoraShape
from omniguard_training.model import load_base
from omniguard_training.rewards import ENV_STEP_REWARD, FORMAT, NO_LABEL, REWARD_WEIGHTS, THREAT_AWARENESS
from omniguard_training.rows import Row, load_rows
from omniguard_training.run import Run
from omniguard_training.telemetry import History
from omniguard_training.tokenizer import PromptEncoder, as_transformers

RewardFunction = Callable[..., list[float]]
EVALUATION_ROWS = 64


def chosen_actions(completion_ids: Sequence[Sequence[int]], labels: Sequence[int]) -> list[int | None]:
    """The action that each answer begins with; None for an answer that is no label."""
    action_of = {token: action for action, token in enumerate(labels)}
    return [action_of.get(tokens[0]) if tokens else None for tokens in completion_ids]


def row_rewards(labels: Sequence[int]) -> list[RewardFunction]:
    """TRL reward functions, in the order of `REWARD_WEIGHTS`, that grade a completion against its own prompt's row.

    TRL names the curves after the functions: `rewards/env_step_reward/mean` and so on.
    """

    def env_step_reward(completion_ids: list[list[int]], rewards: list[list[float]], **_: Any) -> list[float]:
        actions = chosen_actions(completion_ids, labels)
        return [NO_LABEL if action is None else float(row[action]) for action, row in zip(actions, rewards, strict=True)]

    def threat_awareness(completion_ids: list[list[int]], malicious: list[bool], **_: Any) -> list[float]:
        actions = chosen_actions(completion_ids, labels)
        return [float(action is not None and (action != ALLOW) == bad) for action, bad in zip(actions, malicious, strict=True)]

    def format(completion_ids: list[list[int]], **_: Any) -> list[float]:
        return [float(action is not None) for action in chosen_actions(completion_ids, labels)]

    return [env_step_reward, threat_awareness, format]


def unambiguous_prompt(body: str, encoder: PromptEncoder, max_tokens: int) -> str | None:
    """The whole prompt as text; None when it is over the limit, or when its body spells a control token.

    TRL tokenises prompts with control tokens on, so such a body would come out differently than in serving.
    """
    prompt = encoder.layout.render(body)
    tokens = encoder.prompt(body)
    fits = len(tokens) <= max_tokens and encoder.trusted.encode(prompt, add_special_tokens=False).ids == tokens
    return prompt if fits else None


def prompt_rows(rows: Sequence[Row], encoder: PromptEncoder, max_tokens: int) -> Dataset:
    """Prompts as text with their rewards and labels, which reward functions alone read; rows without an unambiguous prompt are left out."""
    prompts = [(row, unambiguous_prompt(row.body, encoder, max_tokens)) for row in rows]
    return Dataset.from_list(
        [{"prompt": prompt, "rewards": list(row.rewards), "malicious": row.malicious} for row, prompt in prompts if prompt is not None]
    )


CURVE_NAMES = {
    "loss": "loss",
    "reward": "reward_mean",
    "reward_std": "reward_std",
    f"rewards/{ENV_STEP_REWARD}/mean": "env_step_reward_mean",
    f"rewards/{THREAT_AWARENESS}/mean": "threat_awareness_mean",
    f"rewards/{FORMAT}/mean": "format_mean",
    "kl": "kl",
    "entropy": "entropy",
    "clip_ratio/region_mean": "clip_ratio",
    "learning_rate": "learning_rate",
    "grad_norm": "grad_norm",
    "frac_reward_zero_std": "frac_reward_zero_std",
}


def curve_points(logs: Mapping[str, Any]) -> dict[str, float]:
    """TRL's metrics under the names that our curves have; evaluations as `eval_reward_<set>`, the rest is left out."""
    points: dict[str, float] = {}
    for name, value in logs.items():
        if name in CURVE_NAMES:
            points[CURVE_NAMES[name]] = float(value)
        elif name.startswith("eval_") and name.endswith(f"rewards/{ENV_STEP_REWARD}/mean"):
            points[f"reward_{name.removeprefix('eval_').removesuffix(f'rewards/{ENV_STEP_REWARD}/mean').strip('_/') or 'held_out'}"] = float(value)
    return points


class Curves(TrainerCallback):
    """Copies TRL's metrics into the run's history."""

    def __init__(self, history: History) -> None:
        self._history = history

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if points := curve_points(logs or {}):
            self._history.log(max(1, state.global_step), **points)


def lora_config(lora: LoraShape) -> LoraConfig:
    """An adapter on every linear layer that merges and exports exactly."""
    return LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear", lora_dropout=0.0, bias="none", task_type="CAUSAL_LM")


def trainer_arguments(settings: GrpoTrlConfig, directory: Path, seed: int, evaluates: bool) -> GRPOConfig:
    """GRPO on a one-token answer: no length bias to correct, no truncation to mask, the KL anchored to the start."""
    accelerated = torch.cuda.is_available()
    evaluating = {"eval_strategy": "steps", "eval_steps": settings.eval_steps} if evaluates else {"eval_strategy": "no"}
    early = settings.patience > 0 and evaluates
    return GRPOConfig(
        output_dir=str(directory),
        seed=seed,
        data_seed=seed,
        use_cpu=not accelerated,
        bf16=accelerated,
        gradient_checkpointing=accelerated,
        max_steps=settings.steps,
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.prompts_per_step * settings.num_generations,
        per_device_eval_batch_size=settings.prompts_per_step * settings.num_generations,
        num_generations=settings.num_generations,
        num_iterations=settings.num_iterations,
        epsilon=settings.clip,
        max_completion_length=settings.max_completion_length,
        temperature=1.0,
        beta=settings.beta,
        reward_weights=list(REWARD_WEIGHTS.values()),
        loss_type="dr_grpo",
        scale_rewards="none",
        mask_truncated_completions=False,
        logging_steps=1,
        save_strategy="steps" if settings.save_steps > 0 else "no",
        save_steps=max(1, settings.save_steps),
        save_total_limit=3,
        load_best_model_at_end=early,
        metric_for_best_model="eval_reward" if early else None,
        greater_is_better=True if early else None,
        report_to=list(settings.report_to) or "none",
        run_name=f"{directory.parent.parent.name}-{directory.parent.name}",
        disable_tqdm=True,
        **evaluating,
    )


def make_trainer(
    model: PreTrainedModel | Any,
    tokenizer: PreTrainedTokenizerBase,
    datasets: tuple[Dataset, Dataset | None],
    rewards: list[RewardFunction],
    settings: GrpoTrlConfig,
    lora: LoraShape | None,
    directory: Path,
    seed: int,
    environment_factory: Callable[[], Any] | None = None,
) -> GRPOTrainer:
    """A trainer on (training, evaluation) data; `lora` None when the model has its adapter already."""
    train, evaluation = datasets
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=rewards,
        train_dataset=train,
        eval_dataset=evaluation,
        peft_config=None if lora is None else lora_config(lora),
        environment_factory=environment_factory,
        args=trainer_arguments(settings, directory, seed, evaluation is not None),
    )
    trainer.remove_callback(PrinterCallback)
    if settings.patience > 0 and evaluation is not None:
        trainer.add_callback(EarlyStoppingCallback(early_stopping_patience=settings.patience))
    return trainer


def train(trainer: GRPOTrainer, directory: Path, resume: bool) -> None:
    """Trains, from the last checkpoint when there is one and `resume` asks for it."""
    last = get_last_checkpoint(str(directory)) if resume and directory.is_dir() else None
    trainer.train(resume_from_checkpoint=last)


def starting_model(run: Run) -> tuple[Any, LoraShape | None]:
    """(model, adapter to add): the warm start, 4-bit through Unsloth where the configuration asks for it and CUDA is there."""
    if run.config.pretrained is not None and run.config.pretrained.unsloth and torch.cuda.is_available():
        from omniguard_training.unsloth_model import load_unsloth

        return load_unsloth(run.warm, run.config.max_tokens, run.config.lora, run.config.seed), None
    return load_base(run.warm), run.config.lora


def grpo_trl_stage(run: Run) -> None:
    """Batch mode: sampled one-token answers, graded by the environment's rewards of each row. The adapter goes on top of the warm start."""
    run.seed("grpo-trl")
    encoder = run.encoder
    train_rows, held_out = run.split
    watched = [row for path in run.inputs.watch.values() for row in load_rows([path])[:EVALUATION_ROWS]]
    directory = run.trl / "trainer"
    model, lora = starting_model(run)
    datasets = (
        prompt_rows(train_rows, encoder, run.config.max_tokens),
        prompt_rows(watched or held_out[:EVALUATION_ROWS], encoder, run.config.max_tokens) if run.config.grpo_trl.eval_steps > 0 else None,
    )
    with run.history("grpo-trl") as history:
        trainer = make_trainer(
            model, as_transformers(encoder.trusted), datasets, row_rewards(encoder.labels), run.config.grpo_trl, lora, directory, run.config.seed
        )
        trainer.add_callback(Curves(history))
        train(trainer, directory, run.resume)
    trainer.save_model(str(run.trl / "adapter"))
