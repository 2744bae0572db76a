"""Unsloth's 4-bit loading, optional and for CUDA alone: `pip install unsloth` first, and import this before anything of TRL runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omniguard_training.config import LoraShape
from omniguard_training.errors import TrainingError


def load_unsloth(directory: Path, max_tokens: int, lora: LoraShape, seed: int) -> Any:
    """The model in 4 bits with a fresh adapter. Raises TrainingError when Unsloth is not installed."""
    try:
        from unsloth import FastLanguageModel
    except ImportError as cause:
        raise TrainingError("pretrained.unsloth is set but the package unsloth is not installed") from cause
    model, _ = FastLanguageModel.from_pretrained(model_name=str(directory), max_seq_length=max_tokens, load_in_4bit=True, dtype=None)
    return FastLanguageModel.get_peft_model(
        model,
        r=lora.rank,
        lora_alpha=lora.alpha,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        lora_dropout=0.0,
        bias="none",
        use_gradient_checkpointing="unsloth",
        random_state=seed,
    )
