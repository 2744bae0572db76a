"""Stage `grpo-openenv`: TRL's own GRPOTrainer against the environment server, with whole episodes of tool calls or with one-token answers."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from datasets import Dataset
from transformers import PreTrainedTokenizerBase

from omniguard_training.actions import ALLOW
from omniguard_training.config import GrpoTrlConfig
from omniguard_training.errors import TrainingError
from omniguard_training.grpo_trl import (
    EVALUATION_ROWS,
    Curves,
    RewardFunction,
    chosen_actions,
    make_trainer,
    starting_model,
    train,
    unambiguous_prompt,
)
from omniguard_training.model import load_base
from omniguard_training.openenv_client import server_address
from omniguard_training.parallel import size
from omniguard_training.predict import predict
from omniguard_training.rewards import NO_LABEL
from omniguard_training.run import Run
from omniguard_training.served_episodes import PHASES, Choose, Outcome, ServedState, episode_starts, outcomes, play_episodes
from omniguard_training.tokenizer import PromptEncoder, as_transformers


def calls_tools(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the model was trained to call tools, as far as its chat template tells."""
    return "tools" in (tokenizer.chat_template or "")


def episode_rewards() -> list[RewardFunction]:
    """The three reward functions for whole episodes: TRL passes the environments that the completions acted in."""

    def env_step_reward(environments: list[Any], **_: Any) -> list[float]:
        return [float(environment.env_step_reward) for environment in environments]

    def threat_awareness(environments: list[Any], **_: Any) -> list[float]:
        return [float(environment.threat_awareness) for environment in environments]

    def format(environments: list[Any], **_: Any) -> list[float]:
        return [float(environment.format_reward) for environment in environments]

    return [env_step_reward, threat_awareness, format]


def served_rewards(address: str, states: Sequence[ServedState], labels: Sequence[int]) -> list[RewardFunction]:
    """The three reward functions for one-token answers: each label is taken to the server as the action that it stands for.

    The column `state` of the data set says in which of `states` an answer was given. The three functions are called
    one after the other with the same answers, so the server plays them once.
    """

    @functools.lru_cache(maxsize=1)
    def played(taken: tuple[tuple[int, int], ...]) -> list[Outcome]:
        return outcomes(address, [(states[state], action) for state, action in taken])

    def revealed(completion_ids: list[list[int]], state: list[int]) -> list[tuple[int, Outcome] | None]:
        """(action, outcome) of each answer, None for an answer that is no label."""
        actions = chosen_actions(completion_ids, labels)
        results = iter(played(tuple((index, action) for index, action in zip(state, actions, strict=True) if action is not None)))
        return [None if action is None else (action, next(results)) for action in actions]

    def env_step_reward(completion_ids: list[list[int]], state: list[int], **_: Any) -> list[float]:
        return [NO_LABEL if entry is None else entry[1].reward for entry in revealed(completion_ids, state)]

    def threat_awareness(completion_ids: list[list[int]], state: list[int], **_: Any) -> list[float]:
        return [float(entry is not None and (entry[0] != ALLOW) == entry[1].malicious) for entry in revealed(completion_ids, state)]

    def format(completion_ids: list[list[int]], **_: Any) -> list[float]:
        return [float(action is not None) for action in chosen_actions(completion_ids, labels)]

    return [env_step_reward, threat_awareness, format]


def collect_states(address: str, seed: int, split: str, choose: Choose, encoder: PromptEncoder, max_tokens: int, wanted: int) -> list[ServedState]:
    """States of whole episodes, one of each phase at a time, until `wanted` are found that TRL can be given as prompts."""
    found: list[ServedState] = []
    played = 0
    while len(found) < wanted:
        states = play_episodes(address, episode_starts(seed, len(PHASES), split, played), choose)
        fitting = [state for state in states if unambiguous_prompt(state.body, encoder, max_tokens) is not None]
        if not fitting:
            raise TrainingError(f"none of {len(states)} messages of the environment server fits into {max_tokens} tokens")
        found += fitting
        played += len(PHASES)
    return found


def greedy(run: Run) -> Choose:
    """The warm start's most probable action for each body."""
    model = load_base(run.warm)
    encoder = run.encoder

    def choose(bodies: Sequence[str]) -> list[int]:
        predictions = predict(model, encoder, [encoder.rest(body) for body in bodies], dtype=run.dtype)
        return [int(action) for action in np.argmax(predictions.log_probabilities, axis=1)]

    return choose


def answer_states(run: Run, settings: GrpoTrlConfig) -> None:
    """One-token answers in states of the server's episodes. The warm start's own greedy decisions lead from state to state.

    Wherever a group answers, each answer is played in an environment that was reset to the episode's seed and led there
    by the same decisions, so that the group differs in the answers alone.
    """
    if settings.max_completion_length != 1:
        raise TrainingError("grpo_openenv.max_completion_length must be 1: this base answers with one token, it calls no tools")
    encoder = run.encoder
    address = server_address()
    choose = greedy(run)
    wanted = settings.prompts_per_step * size() * math.ceil(settings.steps / settings.num_iterations)
    states = collect_states(address, run.config.seed, "train", choose, encoder, run.config.max_tokens, wanted)
    training = len(states)
    if settings.eval_steps > 0:
        states += collect_states(address, run.config.seed, "dev", choose, encoder, run.config.max_tokens, EVALUATION_ROWS)[:EVALUATION_ROWS]
    print(f"{training} states of {len({state.start for state in states[:training]})} training episodes", flush=True)
    rows = [{"prompt": encoder.layout.render(state.body), "state": index} for index, state in enumerate(states)]
    datasets = (Dataset.from_list(rows[:training]), Dataset.from_list(rows[training:]) if settings.eval_steps > 0 else None)
    directory = run.openenv / "trainer"
    model, lora = starting_model(run)
    with run.history("grpo-openenv") as history:
        rewards = served_rewards(address, states, encoder.labels)
        trainer = make_trainer(model, as_transformers(encoder.trusted), datasets, rewards, settings, lora, directory, run.config.seed)
        trainer.add_callback(Curves(history))
        train(trainer, directory, run.resume)
    trainer.save_model(str(run.openenv / "adapter"))


def call_tools(run: Run, settings: GrpoTrlConfig, tokenizer: PreTrainedTokenizerBase) -> None:
    """Whole episodes, one tool for each action."""
    from omniguard_training.tool_environment import POLICY, OmniGuardToolEnvironment

    prompt = [{"role": "user", "content": POLICY}]
    starts = episode_starts(run.config.seed, settings.steps * settings.prompts_per_step, "train")
    episodes = Dataset.from_list([{"prompt": prompt, **start.arguments()} for start in starts])
    unseen = [{"prompt": prompt, **start.arguments()} for start in episode_starts(run.config.seed, EVALUATION_ROWS, "dev")]
    datasets = (episodes, Dataset.from_list(unseen) if settings.eval_steps > 0 else None)
    directory = run.openenv / "tools-trainer"
    model, lora = starting_model(run)
    with run.history("grpo-openenv") as history:
        trainer = make_trainer(model, tokenizer, datasets, episode_rewards(), settings, lora, directory, run.config.seed, OmniGuardToolEnvironment)
        trainer.add_callback(Curves(history))
        train(trainer, directory, run.resume)
    trainer.save_model(str(run.openenv / "tools-adapter"))


def grpo_openenv_stage(run: Run) -> None:
    """Against the environment server at OMNIGUARD_ENV_URL: tool calls when the base was trained for them, else one-token answers.

    One-token answers are trained as the batch mode's where the configuration has no section `grpo_openenv`, so that
    the two differ in nothing but where prompts and rewards come from.
    """
    run.seed("grpo-openenv")
    settings = run.config.grpo_openenv
    if run.config.pretrained is not None and calls_tools(run.chat_tokenizer):
        if settings is None:
            raise TrainingError("the configuration has no section grpo_openenv, which episodes of tool calls need")
        call_tools(run, settings, run.chat_tokenizer)
    else:
        answer_states(run, settings or run.config.grpo_trl)
