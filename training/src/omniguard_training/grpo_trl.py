"""Stage `grpo-trl`: the same rows through TRL's own GRPOTrainer with sampled one-token completions, as the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from peft import LoraConfig
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase, PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from omniguard_training.config import GrpoTrlConfig, LoraShape
from omniguard_training.merge import merge_adapter
from omniguard_training.model import load_base
from omniguard_training.rows import Row
from omniguard_training.run import Run
from omniguard_training.telemetry import History
from omniguard_training.tokenizer import PromptEncoder, as_transformers

NO_LABEL = -1.5
"""Reward of a token that is no label: worse than a breach."""


def environment_reward(labels: Sequence[int]) -> Callable[..., list[float]]:
    """A TRL reward function that reads the environment's six rewards of the prompt's own row."""
    action_of = {token: action for action, token in enumerate(labels)}

    def reward(completion_ids: list[list[int]], rewards: list[list[float]], **_: Any) -> list[float]:
        return [
            float(row[action_of[tokens[0]]]) if tokens and tokens[0] in action_of else NO_LABEL
            for tokens, row in zip(completion_ids, rewards, strict=True)
        ]

    return reward


def prompt_rows(rows: Sequence[Row], encoder: PromptEncoder, max_tokens: int) -> Dataset:
    """Prompts as text with their rewards.

    TRL tokenises prompts with control tokens on, so rows whose body would come out differently (it spells a control
    token) are left out, as are those over the limit.
    """
    kept = []
    for row in rows:
        prompt = encoder.layout.render(row.body)
        tokens = encoder.prompt(row.body)
        if len(tokens) <= max_tokens and encoder.trusted.encode(prompt, add_special_tokens=False).ids == tokens:
            kept.append({"prompt": prompt, "rewards": list(row.rewards)})
    return Dataset.from_list(kept)


class Curves(TrainerCallback):
    """Copies TRL's metrics into the run's history."""

    NAMES = {"loss", "reward", "reward_std", "kl", "entropy", "learning_rate", "grad_norm", "frac_reward_zero_std"}

    def __init__(self, history: History) -> None:
        self._history = history

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        points = {name: float(value) for name, value in (logs or {}).items() if name in self.NAMES}
        if points:
            points["lr"] = points.pop("learning_rate", float("nan"))
            self._history.log(max(1, state.global_step), **points)


def make_trainer(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerBase,
    dataset: Dataset,
    labels: Sequence[int],
    settings: GrpoTrlConfig,
    lora: LoraShape,
    directory: Path,
    seed: int,
) -> GRPOTrainer:
    """GRPO on a one-token answer: no length bias to correct, no truncation to mask, the KL anchored to the start."""
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=environment_reward(labels),
        train_dataset=dataset,
        peft_config=LoraConfig(
            r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear", lora_dropout=0.0, bias="none", task_type="CAUSAL_LM"
        ),
        args=GRPOConfig(
            output_dir=str(directory),
            seed=seed,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            max_steps=settings.steps,
            learning_rate=settings.learning_rate,
            per_device_train_batch_size=settings.prompts_per_step * settings.num_generations,
            num_generations=settings.num_generations,
            max_completion_length=1,
            temperature=1.0,
            beta=settings.beta,
            loss_type="dr_grpo",
            scale_rewards="none",
            mask_truncated_completions=False,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
        ),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def grpo_trl_stage(run: Run) -> None:
    """Trains from the same warm start as the expected-policy stage and saves the adapter on top of it."""
    run.seed("grpo-trl")
    warm = run.trl / "start"
    merge_adapter(run.base, run.sft, warm)
    dataset = prompt_rows(run.split[0], run.encoder, run.config.max_tokens)
    with run.history("grpo-trl") as history:
        trainer = make_trainer(
            load_base(warm),
            as_transformers(run.encoder.trusted),
            dataset,
            run.encoder.labels,
            run.config.grpo_trl,
            run.config.lora,
            run.trl / "trainer",
            run.config.seed,
        )
        trainer.add_callback(Curves(history))
        trainer.train()
    trainer.model.save_pretrained(run.trl / "adapter")
