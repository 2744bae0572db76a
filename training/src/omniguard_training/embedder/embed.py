"""Texts to directions: mean of the final states, as llama.cpp pools them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import LlamaForCausalLM

from omniguard_training.forward import AnswerPass
from omniguard_training.model import pad

BATCH = 16


def encoder_of(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer as serving uses it on untrusted text: a control token written out becomes plain tokens."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.encode_special_tokens = True
    return copy


def encode(tokenizer: Tokenizer, text: str, max_tokens: int) -> list[int]:
    """Token ids of a text, cut to the first `max_tokens`."""
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids[:max_tokens]


def directions(forward: AnswerPass, sequences: Sequence[Sequence[int]]) -> Tensor:
    """(sequences, hidden size), L2-normalised means over each sequence's states."""
    tokens = pad(sequences, 0)
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    inside = (torch.arange(tokens.shape[1])[None] < lengths[:, None]).float()
    sums = (forward.states(tokens) * inside[..., None]).sum(dim=1)
    return functional.normalize(sums / lengths[:, None], dim=-1)


def distances(model: LlamaForCausalLM, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> npt.NDArray[np.float64]:
    """Cosine distance 0..2 of each pair of token sequences."""
    found = np.zeros(len(pairs))
    order = sorted(range(len(pairs)), key=lambda index: len(pairs[index][0]) + len(pairs[index][1]))
    with torch.inference_mode():
        forward = AnswerPass(model)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            references = directions(forward, [pairs[index][0] for index in batch])
            candidates = directions(forward, [pairs[index][1] for index in batch])
            found[batch] = (1 - (references * candidates).sum(dim=-1)).numpy()
    return found
