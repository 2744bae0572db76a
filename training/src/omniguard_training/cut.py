"""A small base cut out of a larger pretrained one: its first layers, and the part of its vocabulary that our text needs.

The first layers of a language model join tokens into words and phrases; a model that begins with them needs far less text of its
own than one that begins with nothing. What is cut off is not imitated: language modelling afterwards teaches the rest to end early.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

from omniguard_training.errors import TrainingError
from omniguard_training.prompt import PromptLayout
from omniguard_training.tokenizer import control_tokens, label_ids

BATCH = 1000


def _merges(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    stored = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(merge.split(" ", 1)) if isinstance(merge, str) else (merge[0], merge[1]) for merge in stored]


def count_tokens(tokenizer: Tokenizer, documents: Sequence[str]) -> Counter[str]:
    """How often each token occurs in the documents."""
    counts: Counter[int] = Counter()
    for start in range(0, len(documents), BATCH):
        for encoding in tokenizer.encode_batch(list(documents[start : start + BATCH]), add_special_tokens=False):
            counts.update(encoding.ids)
    return Counter({tokenizer.id_to_token(index): count for index, count in counts.items()})


def chosen_tokens(merges: Sequence[tuple[str, str]], counts: Counter[str], wanted: Iterable[str], general: int, room: int) -> set[str]:
    """At most `room` merged tokens: the first `general` merges, `wanted`, then the most frequent; each with all it is merged from."""
    parents: dict[str, tuple[str, str]] = {}
    for first, second in merges:
        parents.setdefault(first + second, (first, second))
    chosen = {first + second for first, second in merges[:general]}

    def closure(token: str) -> set[str]:
        needed: set[str] = set()
        stack = [token]
        while stack:
            entry = stack.pop()
            if entry in parents and entry not in chosen and entry not in needed:
                needed.add(entry)
                stack.extend(parents[entry])
        return needed

    for token in wanted:
        chosen |= closure(token)
    if len(chosen) > room:
        raise TrainingError(f"{len(chosen)} tokens are needed, more than the vocabulary has room for")
    for token, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        needed = closure(token)
        if len(chosen) + len(needed) <= room:
            chosen |= needed
    return chosen


def cut_tokenizer(source: Tokenizer, documents: Sequence[str], layout: PromptLayout, size: int, general: int) -> Tokenizer:
    """A byte-level BPE of at most `size` entries whose merges are some of the source's, in their order, behind the layout's control tokens.

    Raises TrainingError when a label is not one token in it.
    """
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    control = control_tokens(layout)
    merges = _merges(source)
    labels = [token for label in layout.labels for token in source.encode(label, add_special_tokens=False).tokens]
    chosen = chosen_tokens(merges, count_tokens(source, documents), labels, general, size - len(alphabet) - len(control))
    known = chosen | set(alphabet)
    kept = [(first, second) for first, second in merges if first + second in chosen and first in known and second in known]
    merged = list(dict.fromkeys(first + second for first, second in kept))
    vocabulary = {token: index for index, token in enumerate([*control, *alphabet, *merged])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=kept))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    label_ids(tokenizer, layout)
    return tokenizer


def source_ids(source: Tokenizer, tokenizer: Tokenizer) -> list[int]:
    """For each token of the cut vocabulary the source's id of the same token; our control tokens take the source's own, in turn."""
    own = sorted(index for index, token in source.get_added_tokens_decoder().items() if token.special)
    if not own:
        raise TrainingError("the source's vocabulary has no control tokens")
    control = 0
    ids: list[int] = []
    for index in range(tokenizer.get_vocab_size()):
        token = tokenizer.id_to_token(index)
        known = source.token_to_id(token)
        if known is None:
            known = own[control % len(own)]
            control += 1
        ids.append(known)
    return ids


def cut_model(source: LlamaForCausalLM, ids: Sequence[int], layers: int, context_length: int, end: int, padding: int) -> LlamaForCausalLM:
    """The first `layers` layers of the source with the embeddings of `ids`, tied. Raises TrainingError when it has fewer layers."""
    config = source.config
    if config.model_type != "llama" or layers > config.num_hidden_layers:
        raise TrainingError(f"{layers} layers of the architecture llama are needed; the source has {config.num_hidden_layers} of {config.model_type}")
    settings: dict[str, Any] = config.to_dict() | {
        "vocab_size": len(ids),
        "num_hidden_layers": layers,
        "max_position_embeddings": context_length,
        "tie_word_embeddings": True,
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": padding,
    }
    model = LlamaForCausalLM(LlamaConfig(**settings))
    weights = source.state_dict()
    kept = {name: weights[name] for name in model.state_dict() if name not in ("model.embed_tokens.weight", "lm_head.weight")}
    embeddings = weights["model.embed_tokens.weight"][torch.tensor(list(ids))]
    model.load_state_dict(kept | {"model.embed_tokens.weight": embeddings, "lm_head.weight": embeddings})
    model.tie_weights()
    return model
