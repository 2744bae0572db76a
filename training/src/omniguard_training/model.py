"""The base model, its adapter, and the forward pass that yields one row of logits per prompt."""

from __future__ import annotations

import copy
import typing
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor
from transformers import AutoModelForCausalLM, DynamicCache, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from omniguard_training.config import LoraShape, ModelConfig
from omniguard_training.errors import TrainingError


def build_base(shape: ModelConfig, vocab_size: int, end: int, padding: int) -> LlamaForCausalLM:
    """A fresh Llama-architecture model with tied embeddings; seed torch before calling.

    The weights start at a standard deviation of 1 / sqrt(hidden size), so that the tied embeddings span logits of order
    one from the beginning; Transformers' 0.02 suits models ten times as wide, and an adapter cannot lift it later.
    """
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocab_size,
            hidden_size=shape.hidden_size,
            intermediate_size=shape.intermediate_size,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=shape.context_length,
            tie_word_embeddings=True,
            initializer_range=shape.hidden_size**-0.5,
            bos_token_id=end,
            eos_token_id=end,
            pad_token_id=padding,
        )
    )


def load_base(directory: Path) -> LlamaForCausalLM:
    """Raises TrainingError when the stage that writes it has not run."""
    if not (directory / "config.json").exists():
        raise TrainingError(f"{directory} holds no model; run the earlier stages first")
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)


def load_gguf(file: Path) -> PreTrainedModel:
    """The weights of a GGUF file, dequantised to float32, as an ordinary model that can be trained and saved."""
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    config = copy.deepcopy(loaded.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(loaded.state_dict())
    return typing.cast(PreTrainedModel, model)


def add_adapter(base: LlamaForCausalLM, shape: LoraShape) -> PeftModel:
    """A LoRA adapter on every linear layer of the blocks; embeddings and norms stay the base's."""
    return get_peft_model(
        base,
        LoraConfig(
            r=shape.rank,
            lora_alpha=shape.alpha,
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            lora_dropout=0.0,
            bias="none",
            use_rslora=False,
            use_dora=False,
            task_type="CAUSAL_LM",
        ),
    )


def load_adapter(base_directory: Path, adapter_directory: Path, trainable: bool) -> PeftModel:
    """Base and adapter as one model. Raises TrainingError when a stage is missing."""
    if not (adapter_directory / "adapter_config.json").exists():
        raise TrainingError(f"{adapter_directory} holds no adapter; run the earlier stages first")
    return PeftModel.from_pretrained(load_base(base_directory), adapter_directory, is_trainable=trainable)


def causal(model: LlamaForCausalLM | PeftModel) -> LlamaForCausalLM:
    """The causal language model inside, adapters injected."""
    return model.get_base_model() if isinstance(model, PeftModel) else model


def pad(sequences: Sequence[Sequence[int]], padding: int) -> Tensor:
    """Right-padded batch; with causal attention the padding never reaches an earlier position."""
    width = max(len(sequence) for sequence in sequences)
    return torch.tensor([[*sequence, *([padding] * (width - len(sequence)))] for sequence in sequences])


def answer_logits(
    model: LlamaForCausalLM | PeftModel, prefix: Sequence[int], rests: Sequence[Sequence[int]], padding: int
) -> Tensor:
    """Vocabulary logits at the last position of `prefix + rest` for each rest, (rests, vocabulary).

    The prefix, which all prompts share, runs once with its gradient; the head runs on the answer positions only.
    """
    network = causal(model)
    device = network.device
    cache = DynamicCache(config=network.config)
    if prefix:
        network.model(input_ids=torch.tensor([list(prefix)], device=device), past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(rests))
    hidden = network.model(input_ids=pad(rests, padding).to(device), past_key_values=cache, use_cache=True).last_hidden_state
    last = torch.tensor([len(rest) - 1 for rest in rests], device=device)
    return network.lm_head(hidden[torch.arange(len(rests), device=device), last]).float().cpu()
