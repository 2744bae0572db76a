"""Data-parallel training over processes, as `torchrun` starts them; one process alone needs none of it.

On a few shared cores several processes of one thread each lose less to other programs than one process of several
threads: they wait for each other once a step instead of once an operation.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

import torch
import torch.distributed as distributed
from torch.nn import Parameter

Batch = TypeVar("Batch")


def size() -> int:
    """Processes that train together, at least 1."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """This process among them, from 0. The first one alone evaluates, reports and saves."""
    return int(os.environ.get("RANK", "0"))


def is_first() -> bool:
    return rank() == 0


def join() -> None:
    """Connects to the other processes; nothing to do when there is only one."""
    if size() > 1 and not distributed.is_initialized():
        distributed.init_process_group("gloo")


def leave() -> None:
    """Waits for the others and disconnects."""
    if distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()


def average(parameters: Sequence[Parameter], value: float) -> float:
    """Averages the gradients in place over all processes, and returns the average of `value`, equal in each of them."""
    if size() == 1:
        return value
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients] + [torch.tensor([value])])
    distributed.all_reduce(flat)
    flat /= size()
    offset = 0
    for gradient in gradients:
        gradient.copy_(flat[offset : offset + gradient.numel()].view_as(gradient))
        offset += gradient.numel()
    return float(flat[-1])


def agree(value: bool) -> bool:
    """What the first process thinks, in all of them."""
    if size() == 1:
        return value
    flag = torch.tensor([float(value)])
    distributed.broadcast(flag, 0)
    return bool(flag.item())


def share(batches: Sequence[Batch]) -> list[Batch]:
    """This process's batches: every size-th one, as many in each process."""
    usable = len(batches) - len(batches) % size()
    return list(batches[rank() : usable : size()])
