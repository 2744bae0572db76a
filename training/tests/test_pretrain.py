"""The base: what it reads, and the form of an answer it learns."""

from __future__ import annotations

import random

import pytest
import torch
from transformers import LlamaForCausalLM

from omniguard_training.model import answer_logits
from omniguard_training.objective import label_policy
from omniguard_training.pretrain import language_documents, language_loss
from omniguard_training.rows import Row
from omniguard_training.tokenizer import PromptEncoder


def test_answers_do_not_depend_on_the_label(encoder: PromptEncoder, rows: list[Row]) -> None:
    bodies = [row.body for row in rows] * 20
    documents = language_documents(encoder, bodies, [], 1.0, 200, random.Random(1))
    counts = [sum(document[-2] == label for document in documents) for label in encoder.labels]
    assert sum(counts) == len(documents) == len(bodies)
    assert all(count == pytest.approx(len(documents) / 6, rel=0.2) for count in counts)


def test_documents_keep_to_the_limit(encoder: PromptEncoder, rows: list[Row]) -> None:
    documents = language_documents(encoder, [row.body * 50 for row in rows], ["text " * 500], 0.5, 100, random.Random(2))
    assert documents
    assert all(1 < len(document) <= 100 for document in documents)


def test_the_base_learns_to_answer_with_a_label_and_no_preference(
    base: LlamaForCausalLM, encoder: PromptEncoder, rows: list[Row]
) -> None:
    adam = torch.optim.Adam(base.parameters(), lr=1e-2)
    documents = language_documents(encoder, [row.body for row in rows[:16]], [], 1.0, 200, random.Random(3))
    for _ in range(30):
        language, form = language_loss(base, documents, encoder, 0.5)
        adam.zero_grad()
        (language + form).backward()
        adam.step()
    with torch.inference_mode():
        policy = label_policy(answer_logits(base, encoder.prefix, [encoder.rest(rows[40].body)], encoder.padding), encoder.labels)
    assert policy.log_mass.exp().item() > 0.8
    assert policy.log_probabilities.exp().max().item() < 0.4
