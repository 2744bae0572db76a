"""Augmentation of bodies."""

from __future__ import annotations

import random


def augment(body: str, generator: random.Random) -> str:
    """A changed body that keeps the label."""
    return body
