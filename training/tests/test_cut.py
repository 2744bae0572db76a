"""A base cut out of a larger one."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.config import ModelConfig
from omniguard_training.cut import chosen_tokens, cut_model, cut_tokenizer, source_ids
from omniguard_training.errors import TrainingError
from omniguard_training.model import build_base
from omniguard_training.prompt import PromptLayout
from omniguard_training.tokenizer import label_ids

MERGES = [("a", "b"), ("c", "d"), ("ab", "cd"), ("e", "f"), ("abcd", "ef")]


def test_a_chosen_token_brings_what_it_is_merged_from() -> None:
    assert chosen_tokens(MERGES, Counter({"abcdef": 9}), [], 0, 5) == {"ab", "cd", "abcd", "ef", "abcdef"}
    assert chosen_tokens(MERGES, Counter({"abcdef": 9, "ef": 3}), [], 0, 4) == {"ef"}
    assert chosen_tokens(MERGES, Counter(), ["cd"], 1, 4) == {"ab", "cd"}


def test_too_little_room_is_refused() -> None:
    with pytest.raises(TrainingError, match="more than the vocabulary has room for"):
        chosen_tokens(MERGES, Counter(), ["abcdef"], 0, 3)


@pytest.fixture(scope="module")
def small(tokenizer: Tokenizer, layout: PromptLayout) -> Tokenizer:
    return cut_tokenizer(tokenizer, ["read path config", "tool: mail search invoice"] * 3, layout, 300, 5)


def test_the_cut_vocabulary_reads_all_text_and_splits_what_it_lacks(small: Tokenizer, tokenizer: Tokenizer, layout: PromptLayout) -> None:
    assert small.get_vocab_size() <= 300
    assert len(label_ids(small, layout)) == 6
    for text in ("tool: mail", "naïve 日本語", "weather ticket 123"):
        assert small.decode(small.encode(text, add_special_tokens=False).ids) == text
    frequent, whole = (chosen.encode("config", add_special_tokens=False).tokens for chosen in (small, tokenizer))
    assert frequent == whole


def test_each_token_keeps_its_vector(small: Tokenizer, tokenizer: Tokenizer) -> None:
    torch.manual_seed(3)
    source = build_base(ModelConfig(hidden_size=32, intermediate_size=64, layers=3, heads=2, context_length=128), tokenizer.get_vocab_size(), 0, 1)
    ids = source_ids(tokenizer, small)
    model = cut_model(source, ids, 2, 64, 0, 1)
    assert isinstance(model, LlamaForCausalLM)
    assert (model.config.num_hidden_layers, model.config.vocab_size, model.config.max_position_embeddings) == (2, len(ids), 64)
    for token in ("a", "path", "<|policy|>"):
        index = small.token_to_id(token)
        if index is not None:
            assert torch.equal(model.model.embed_tokens.weight[index], source.model.embed_tokens.weight[tokenizer.token_to_id(token)])
    tokens = torch.tensor([[small.token_to_id("a"), small.token_to_id("b")]])
    with torch.inference_mode():
        inside = model.model(tokens, output_hidden_states=True).hidden_states[1]
        outside = source.model(torch.tensor([[ids[index] for index in tokens[0].tolist()]]), output_hidden_states=True).hidden_states[1]
    assert torch.allclose(inside, outside, atol=1e-6)
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_more_layers_than_there_are_is_refused(tokenizer: Tokenizer, small: Tokenizer) -> None:
    source = build_base(ModelConfig(hidden_size=32, intermediate_size=64, layers=1, heads=2, context_length=64), tokenizer.get_vocab_size(), 0, 1)
    with pytest.raises(TrainingError, match="the source has 1"):
        cut_model(source, source_ids(tokenizer, small), 2, 64, 0, 1)
