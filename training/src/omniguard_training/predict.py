"""Label probabilities of a model on rows, batched by length."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from peft import PeftModel
from transformers import LlamaForCausalLM

from omniguard_training.batching import length_buckets
from omniguard_training.forward import answers
from omniguard_training.objective import label_policy
from omniguard_training.tokenizer import PromptEncoder


@dataclass(frozen=True)
class Predictions:
    """Arrays in the order of the prompts."""

    log_probabilities: np.ndarray
    """(prompts, 6)."""
    mass: np.ndarray
    """(prompts,), the labels' share of the vocabulary, 0..1."""


def predict(
    model: LlamaForCausalLM | PeftModel,
    encoder: PromptEncoder,
    rests: Sequence[Sequence[int]],
    batch_tokens: int = 8192,
    dtype: torch.dtype = torch.float32,
) -> Predictions:
    """Answers the prompts `encoder.prefix + rest`. Runs the model without gradients; leaves its training mode as it was."""
    log_probabilities = np.zeros((len(rests), len(encoder.labels)), dtype=np.float32)
    mass = np.zeros(len(rests), dtype=np.float32)
    training = model.training
    model.eval()
    with torch.inference_mode():
        for batch in length_buckets([len(rest) for rest in rests], batch_tokens, random.Random(0)):
            policy = label_policy(answers(model, encoder.prefix, [rests[index] for index in batch], encoder.padding, dtype), encoder.labels)
            log_probabilities[batch] = policy.log_probabilities.numpy()
            mass[batch] = policy.log_mass.exp().numpy()
    model.train(training)
    return Predictions(log_probabilities, mass)
