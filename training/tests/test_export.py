"""Merge and GGUF export of a tiny model."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize
from tokenizers import Tokenizer, pre_tokenizers
from transformers import LlamaForCausalLM

from omniguard_training.config import ExportConfig, LoraShape
from omniguard_training.errors import TrainingError
from omniguard_training.gguf_export import permute, pre_tokenizer_name, tensor_name, unpermute, write_gguf
from omniguard_training.merge import merge_adapter
from omniguard_training.model import add_adapter, answer_logits, load_adapter, load_base
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder


def test_permutation_has_an_inverse_and_interleaves_the_halves() -> None:
    weights = np.arange(8 * 3, dtype=np.float32).reshape(8, 3)
    permuted = permute(weights, 2)
    assert np.array_equal(unpermute(permuted, 2), weights)
    assert permuted[:, 0].tolist() == [0, 6, 3, 9, 12, 18, 15, 21]


@pytest.mark.parametrize(("quantization", "tolerance"), [("F32", 0.0), ("Q8_0", 5e-3), ("Q5_0", 5e-2), ("Q4_0", 1e-1)])
def test_a_file_reads_back_as_the_model(base: LlamaForCausalLM, tokenizer: Tokenizer, tmp_path: Path, quantization: str, tolerance: float) -> None:
    target = tmp_path / "tiny.gguf"
    write_gguf(base, tokenizer, target, "tiny", ExportConfig(quantization, "F32" if quantization == "F32" else "Q8_0", 0))
    reader = gguf.GGUFReader(target)
    tensors = {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    state = base.state_dict()
    assert set(tensors) == {tensor_name(key) for key in state if key != "lm_head.weight"}
    for key, value in state.items():
        if key == "lm_head.weight":
            continue
        stored = tensors[tensor_name(key)].reshape(value.shape)
        if key.endswith(("q_proj.weight", "k_proj.weight")):
            stored = unpermute(stored, base.config.num_attention_heads)
        exact = "embed_tokens" in key or value.ndim == 1
        assert np.allclose(stored, value.numpy(), atol=min(tolerance, 5e-3) if exact else tolerance), key


def test_the_vocabulary_marks_control_tokens(base: LlamaForCausalLM, tokenizer: Tokenizer, tmp_path: Path) -> None:
    target = tmp_path / "tiny.gguf"
    write_gguf(base, tokenizer, target, "tiny", ExportConfig("F32", "F32", 0))
    reader = gguf.GGUFReader(target)
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    assert tokens == [tokenizer.id_to_token(index) for index in range(tokenizer.get_vocab_size())]
    controls = {token for token, kind in zip(tokens, types, strict=True) if kind == gguf.TokenType.CONTROL}
    assert controls == {"<|endoftext|>", "<|pad|>", "<|policy|>", "<|untrusted|>", "<|answer|>"}
    assert reader.fields["tokenizer.ggml.pre"].contents() == "gpt-2"
    assert reader.fields["tokenizer.ggml.add_bos_token"].contents() is False


def test_a_tensor_llama_does_not_have_is_refused() -> None:
    with pytest.raises(TrainingError, match="no GGUF name"):
        tensor_name("model.layers.0.self_attn.q_norm.weight")


def test_merging_keeps_the_adapters_answers(
    base: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row], tmp_path: Path
) -> None:
    base.save_pretrained(tmp_path / "base")
    model = add_adapter(load_base(tmp_path / "base"), LoraShape(rank=4, alpha=8))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    model.save_pretrained(tmp_path / "adapter")
    merge_adapter(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged")
    prompts = [encoder.prompt(row.body) for row in rows[:8]]
    with torch.inference_mode():
        plain = answer_logits(load_base(tmp_path / "base"), [], prompts, encoder.padding)
        adapted = answer_logits(load_adapter(tmp_path / "base", tmp_path / "adapter", False).eval(), [], prompts, encoder.padding)
        merged = answer_logits(load_base(tmp_path / "merged"), [], prompts, encoder.padding)
    assert torch.allclose(adapted, merged, atol=1e-4)
    assert (adapted - plain).abs().max() > 0.1


def test_neither_padding_nor_the_shared_prefix_changes_an_answer(base: LlamaForCausalLM, encoder: PromptEncoder) -> None:
    short, long = "tool: read", "tool: " + "read write " * 20
    with torch.inference_mode():
        alone = answer_logits(base, [], [encoder.prompt(short)], encoder.padding)[0]
        batched = answer_logits(base, encoder.prefix, [encoder.rest(short), encoder.rest(long)], encoder.padding)[0]
    assert torch.allclose(alone, batched, atol=1e-5)


def test_the_prefix_is_trained_with_the_rest(base: LlamaForCausalLM, encoder: PromptEncoder) -> None:
    rests = [encoder.rest("tool: read"), encoder.rest("tool: write delete file")]
    weight = base.model.layers[0].self_attn.k_proj.weight
    gradients = []
    for prefix, inputs in ((encoder.prefix, rests), ([], [encoder.prefix + rest for rest in rests])):
        base.zero_grad()
        answer_logits(base, prefix, inputs, encoder.padding).logsumexp(dim=-1).sum().backward()
        assert weight.grad is not None
        gradients.append(weight.grad.clone())
    assert torch.allclose(gradients[0], gradients[1], atol=1e-5)


def test_the_way_text_is_cut_is_named(tokenizer: Tokenizer) -> None:
    assert pre_tokenizer_name(tokenizer) == "gpt-2"
    other = Tokenizer.from_str(tokenizer.to_str())
    other.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    assert pre_tokenizer_name(other) == "smollm"
    other.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(TrainingError, match="Whitespace"):
        pre_tokenizer_name(other)
