"""Augmentation of bodies, so that names and the mere presence of a task do not stand in for the content."""

from __future__ import annotations

import random

from collections.abc import Sequence

from omniguard_training.rows import Row

SUBJECTS = (
    "acme", "alpha", "billing", "build", "calendar", "cloud", "crm", "data", "docs", "files", "finance", "fleet", "git", "helpdesk",
    "home", "hr", "infra", "inventory", "ledger", "legal", "mail", "maps", "media", "metrics", "notes", "orders", "people", "photos",
    "press", "query", "repo", "research", "sales", "search", "shop", "support", "team", "tickets", "travel", "vault", "weather", "web",
    "wiki",
)  # fmt: skip
SUFFIXES = ("-api", "-bridge", "-bot", "-hub", "-mcp", "-mcp-server", "-server", "-svc", "-tools", "", "_mcp", "-gateway", "-agent")
TASK_BOUND = frozenset({"hijacked_call", "capability_mismatch", "benign_same_call", "argument_exfiltration"})
"""Vectors whose label depends on the user's task."""


def rename_server(body: str, generator: random.Random) -> str:
    """Another server name wherever the fact line's one occurs; it says nothing about the message."""
    facts, newline, rest = body.partition("\n")
    parts = facts.split(" | ")
    for index, part in enumerate(parts):
        if part.startswith("server "):
            old = part.removeprefix("server ")
            new = generator.choice(SUBJECTS) + generator.choice(SUFFIXES)
            parts[index] = f"server {new}"
            return " | ".join(parts) + newline + (rest.replace(f"in: {old}\n", f"in: {new}\n") if old else rest)
    return body


def drop_task(body: str) -> str:
    """The body without its task line; unchanged when a hint was derived from the task."""
    lines = body.split("\n")
    if any(line.startswith("hints:") and "task" in line for line in lines[:3]):
        return body
    return "\n".join(line for index, line in enumerate(lines) if not (index == 1 and line.startswith("task: ")))


def drop_past(body: str) -> str:
    """The body without the outcomes of past decisions, as at the start of a session."""
    facts, newline, rest = body.partition("\n")
    return " | ".join(part for part in facts.split(" | ") if not part.startswith("past ")) + newline + rest


def augment(row: Row, generator: random.Random) -> str:
    """A changed body of the row that keeps its label."""
    body = rename_server(row.body, generator)
    if generator.random() < 0.5:
        body = drop_past(body)
    if row.vector not in TASK_BOUND and generator.random() < 0.5:
        body = drop_task(body)
    return body


def drop_tokens(rest: Sequence[int], tail: int, highest: float, generator: random.Random) -> list[int]:
    """Every second time on average, a rest of a prompt without a random share (0..`highest`) of the body's tokens; its last `tail` stay."""
    share = generator.uniform(-highest, highest)
    if share <= 0:
        return list(rest)
    body = [token for token in rest[: len(rest) - tail] if generator.random() >= share]
    return [*body, *rest[len(rest) - tail :]]
