"""Augmentation changes names and context, never the content."""

from __future__ import annotations

import dataclasses
import random

from omniguard_training.augment import augment, drop_past, drop_task, drop_tokens, rename_server
from omniguard_training.rows import Row

BODY = "call stdio | server files-api | tool read | past forwarded 2\ntask: Read a\nhints: none\npath: a | server b"


def test_the_server_alone_is_renamed() -> None:
    renamed = rename_server(BODY, random.Random(1))
    assert renamed != BODY
    assert renamed.split("\n")[1:] == BODY.split("\n")[1:]
    assert renamed.startswith("call stdio | server ")
    assert "| tool read | past forwarded 2\n" in renamed


def test_the_task_goes_unless_a_hint_speaks_of_it() -> None:
    assert drop_task(BODY) == BODY.replace("task: Read a\n", "")
    derived = BODY.replace("hints: none", "hints: task_overlap_high")
    assert drop_task(derived) == derived


def test_the_past_goes_from_the_facts() -> None:
    assert drop_past(BODY) == BODY.replace(" | past forwarded 2", "")


def test_vectors_that_depend_on_the_task_keep_it(rows: list[Row]) -> None:
    row = dataclasses.replace(rows[1], vector="hijacked_call", body=BODY)
    assert all("task: Read a" in augment(row, random.Random(seed)) for seed in range(30))


def test_the_content_survives(rows: list[Row]) -> None:
    row = dataclasses.replace(rows[0], body=BODY)
    assert all(augment(row, random.Random(seed)).endswith("hints: none\npath: a | server b") for seed in range(30))


def test_the_tail_and_most_of_the_body_stay() -> None:
    rest = list(range(200))
    generator = random.Random(4)
    shorter = [drop_tokens(rest, 5, 0.3, generator) for _ in range(60)]
    assert all(kept[-5:] == rest[-5:] and kept == sorted(kept) and len(kept) > 100 for kept in shorter)
    assert 10 < sum(kept == rest for kept in shorter) < 50
    assert drop_tokens(rest, 5, 0.0, generator) == rest
