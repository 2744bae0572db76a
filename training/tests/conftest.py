"""A model small enough to train within a test, on rows written here."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import torch
from environment_server import environment_server
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.config import ModelConfig
from omniguard_training.model import build_base
from omniguard_training.prompt import PromptLayout
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder, train_tokenizer

WORDS = "read write list delete file mail search invoice server path config weather ticket".split()


def make_row(index: int, malicious: bool) -> Row:
    generator = random.Random(index)
    words = " ".join(generator.choice(WORDS) for _ in range(8))
    return Row(
        id=f"row-{index}",
        source="test",
        group=f"group-{index // 2}",
        kind="call",
        malicious=malicious,
        vector="command_injection" if malicious else "none",
        body=f"tool: {words}; rm -rf /" if malicious else f"tool: {words}",
        fitting=4 if malicious else 0,
        acceptable=(1, 4) if malicious else (0,),
        rewards=(-1.0, 0.35, 0.3, -1.0, 0.5, 0.2) if malicious else (0.22, -0.4, -0.2, 0.15, -0.1, -0.6),
    )


@pytest.fixture(scope="session")
def layout() -> PromptLayout:
    return PromptLayout(
        version="test",
        prefix="<|policy|>Choose one of A B C D E F.\n<|untrusted|>",
        tail="<|answer|>Action:",
        label_prefix=" ",
        control_tokens=("<|policy|>", "<|untrusted|>", "<|answer|>"),
    )


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    return [make_row(index, index % 2 == 1) for index in range(64)]


@pytest.fixture(scope="session")
def tokenizer(layout: PromptLayout, rows: list[Row]) -> Tokenizer:
    texts = [row.body for row in rows] + ["Action: A B C D E F naïve 日本語 {\"key\": [1, 2]}"] * 8
    return train_tokenizer(texts, layout, 420)


@pytest.fixture(scope="session")
def encoder(tokenizer: Tokenizer, layout: PromptLayout) -> PromptEncoder:
    return PromptEncoder(tokenizer, layout)


@pytest.fixture
def base(encoder: PromptEncoder) -> LlamaForCausalLM:
    torch.manual_seed(7)
    shape = ModelConfig(hidden_size=32, intermediate_size=64, layers=2, heads=2, context_length=128)
    return build_base(shape, encoder.trusted.get_vocab_size(), encoder.end, encoder.padding)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of the project's own environment server; tests share it, since each client has a session of its own."""
    with environment_server("--workers", "1") as address:
        yield address
