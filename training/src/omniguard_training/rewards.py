"""The reward functions, under the names that curves and trainers show them by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from omniguard_training.actions import ACTIONS, ALLOW
from omniguard_training.rows import Row

ENV_STEP_REWARD = "env_step_reward"
"""What the environment pays for the step, -1 and a little below up to about 0.8."""
THREAT_AWARENESS = "threat_awareness"
"""1 when the decision separates malicious from benign (ALLOW for benign alone), else 0."""
FORMAT = "format"
"""1 when the answer is one of the six labels, else 0."""
REWARD_WEIGHTS = {ENV_STEP_REWARD: 1.0, THREAT_AWARENESS: 0.2, FORMAT: 0.1}
"""The overall reward is the weighted sum."""
NO_LABEL = -1.5
"""Environment reward of an answer that is no label: worse than a breach."""


def environment_rewards(rows: Sequence[Row]) -> Tensor:
    """(rows, 6)."""
    return torch.tensor([row.rewards for row in rows])


def threat_rewards(rows: Sequence[Row]) -> Tensor:
    """(rows, 6) of 0 and 1."""
    malicious = torch.tensor([row.malicious for row in rows])[:, None]
    allowed = torch.arange(len(ACTIONS))[None, :] == ALLOW
    return (malicious != allowed).float()
