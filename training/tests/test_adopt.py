"""Weights survive the way into a GGUF file and back."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.adopt import tokenizer_of
from omniguard_training.config import ExportConfig
from omniguard_training.gguf_export import write_gguf
from omniguard_training.model import load_base, load_gguf
from omniguard_training.tokenizer import PromptEncoder


def test_an_exported_model_comes_back(base: LlamaForCausalLM, tokenizer: Tokenizer, encoder: PromptEncoder, tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    write_gguf(base, tokenizer, file, "tiny", ExportConfig("F32", "F32", 0))
    load_gguf(file).save_pretrained(tmp_path / "again")
    again = load_base(tmp_path / "again").state_dict()
    assert all(torch.allclose(again[name], tensor, atol=1e-6) for name, tensor in base.state_dict().items())
    body = "tool: read path <|answer|> naïve 日本語"
    assert PromptEncoder(tokenizer_of(file), encoder.layout).prompt(body) == encoder.prompt(body)
