"""The averaged weights lie between the first and the last."""

from __future__ import annotations

import pytest
import torch
from torch.nn import Parameter

from omniguard_training import optimise
from omniguard_training.optimise import Schedule, WeightAverage


def test_a_stage_ends_by_steps_or_by_the_clock_but_not_for_having_been_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(optimise.time, "monotonic", lambda: now)
    schedule = Schedule(steps=100, max_minutes=1.0)
    now = 6.0
    schedule.advance(schedule.measure())
    assert schedule.progress == pytest.approx(0.1)
    now = 5_000.0
    schedule.advance(schedule.measure())
    assert schedule.progress == pytest.approx(26 / 60)
    for _ in range(98):
        schedule.advance(schedule.measure())
    assert schedule.finished


def test_the_average_follows_and_the_own_weights_come_back() -> None:
    parameter = Parameter(torch.zeros(3))
    average = WeightAverage([parameter], 0.9)
    for value in range(1, 40):
        with torch.no_grad():
            parameter.fill_(float(value))
        average.update()
    with average.applied():
        assert 20 < parameter[0].item() < 39
    assert parameter.tolist() == [39.0] * 3


def test_the_own_weights_come_back_after_an_error() -> None:
    parameter = Parameter(torch.ones(1))
    average = WeightAverage([parameter], 0.5)
    with torch.no_grad():
        parameter.fill_(5.0)
    with pytest.raises(RuntimeError), average.applied():
        raise RuntimeError
    assert parameter.item() == 5.0


def test_no_decay_keeps_the_weights_as_they_are() -> None:
    parameter = Parameter(torch.ones(2))
    average = WeightAverage([parameter], 0.0)
    average.update()
    with average.applied():
        assert parameter.tolist() == [1.0, 1.0]
