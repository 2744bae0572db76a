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
from omniguard_training.model import answer_logits
from omniguard_training.objective import label_policy


@dataclass(frozen=True)
class Predictions:
    """Arrays in the order of the prompts."""

    log_probabilities: np.ndarray
    """(prompts, 6)."""
    mass: np.ndarray
    """(prompts,), the labels' share of the vocabulary, 0..1."""


def predict(
    model: LlamaForCausalLM | PeftModel,
    prompts: Sequence[Sequence[int]],
    labels: Sequence[int],
    padding: int,
    batch_tokens: int = 16384,
) -> Predictions:
    """Runs the model without gradients; leaves its training mode as it was."""
    log_probabilities = np.zeros((len(prompts), len(labels)), dtype=np.float32)
    mass = np.zeros(len(prompts), dtype=np.float32)
    training = model.training
    model.eval()
    with torch.inference_mode():
        for batch in length_buckets([len(prompt) for prompt in prompts], batch_tokens, random.Random(0)):
            policy = label_policy(answer_logits(model, [prompts[index] for index in batch], padding), labels)
            log_probabilities[batch] = policy.log_probabilities.numpy()
            mass[batch] = policy.log_mass.exp().numpy()
    model.train(training)
    return Predictions(log_probabilities, mass)
