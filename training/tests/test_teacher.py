"""The linear teacher judges rows it has not seen."""

from __future__ import annotations

import random

import numpy as np

from omniguard_training.config import TeacherConfig
from omniguard_training.rows import Row
from omniguard_training.teacher import BUCKETS, features, fold_of, out_of_fold

SETTINGS = TeacherConfig(folds=4, epochs=4, learning_rate=0.5, batch=8)


def test_features_are_sorted_distinct_buckets() -> None:
    found = features("call http\nhints: one two\nread read path")
    assert found.tolist() == sorted(set(found.tolist()))
    assert found.min() >= 0 and found.max() < BUCKETS
    assert set(features("read path")) < set(features("read path now"))
    assert len(features("")) == 0


def test_pairs_of_hints_do_not_depend_on_their_order() -> None:
    def pairs(line: str) -> set[int]:
        return set(features(f"call\nhints: {line}").tolist())

    assert len(pairs("alpha beta") & pairs("beta alpha")) > len(pairs("alpha beta") & pairs("alpha gamma"))


def test_groups_stay_together(rows: list[Row]) -> None:
    for row in rows:
        assert all(fold_of(row, 4) == fold_of(other, 4) for other in rows if other.group == row.group)


def test_opinions_are_probabilities_and_right_on_unseen_rows(rows: list[Row]) -> None:
    opinions = out_of_fold(rows, SETTINGS, random.Random(1))
    assert np.allclose(opinions.sum(axis=1), 1.0, atol=1e-5)
    assert (opinions.argmax(axis=1) == [row.fitting for row in rows]).mean() > 0.9
