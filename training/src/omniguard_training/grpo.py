"""Stage `grpo`: expected-policy GRPO from the warm start, the whole action set being the group."""

from __future__ import annotations

import torch

from omniguard_training.batching import draw_epoch, length_buckets
from omniguard_training.model import add_adapter, load_base
from omniguard_training.monitor import Judge, Watch
from omniguard_training.objective import expected_policy_loss, policy_terms, soft_targets, weighted_mean
from omniguard_training.optimise import Optimiser, Schedule
from omniguard_training.parallel import agree, is_first, share
from omniguard_training.rewards import environment_rewards, threat_rewards
from omniguard_training.run import EncodedRow, Run
from omniguard_training.sft import answer, row_weights, steps_of

LOG_EVERY = 2
"""Batches between two points of the curves, which tell of a batch's last update."""


def grpo_stage(run: Run) -> None:
    """The exact gradient of the overall reward over all six actions, clipped as in PPO when a batch is used more than once."""
    generator = run.seed("grpo")
    settings = run.config.grpo
    model = add_adapter(load_base(run.warm), run.config.lora)
    warm_start = load_base(run.warm).to(run.device).eval()
    rows = run.encode(run.split[0])
    by_id = {id(entry.row): entry for entry in rows}
    model.to(run.device).train()
    judge = Judge(run, "grpo", Watch.of(run), settings.patience, lambda scores: scores.expected_reward)
    next_evaluation = 1 / settings.evaluations
    stopped = False
    with run.history("grpo") as history:
        if is_first():
            _, points = judge.look(0, model)
            history.log(0, **points)
            model.save_pretrained(run.defender)
        steps = steps_of(rows, settings.epochs, settings.batch_tokens, run.config.weights) * settings.iterations
        schedule = Schedule(steps, settings.max_minutes)
        optimiser = Optimiser(model.parameters(), settings.learning_rate, 0.0, schedule)
        print(f"grpo on {len(rows)} rows, at most {steps} steps", flush=True)

        def train_on(entries: list[EncodedRow]) -> bool:
            """Whether the stage is over after this batch."""
            nonlocal next_evaluation
            chosen = [entry.row for entry in entries]
            rests = [entry.rest for entry in entries]
            weights = row_weights(entries, settings.benign_weight)
            targets = soft_targets(chosen, run.config.sft.fitting_share, run.config.sft.smoothing)
            rewards, threats = environment_rewards(chosen), threat_rewards(chosen)
            with torch.inference_mode():
                reference = answer(run, warm_start, rests).log_probabilities
            reference = reference.clone()
            former: torch.Tensor | None = None
            for iteration in range(settings.iterations):
                policy = answer(run, model, rests)
                former = policy.log_probabilities.detach() if former is None else former
                terms = policy_terms(policy, reference, former, rewards, threats, targets, settings.clip)
                losses = expected_policy_loss(terms, settings.beta, settings.ce, settings.mass, settings.reward_scale)
                loss = weighted_mean(losses, weights)
                norm = optimiser.step(loss)
                if iteration == settings.iterations - 1 and schedule.step // settings.iterations % LOG_EVERY == 1:
                    history.log(schedule.step, loss=loss.item(), learning_rate=optimiser.learning_rate, grad_norm=norm, **terms.points())
            if schedule.progress >= next_evaluation or schedule.finished:
                next_evaluation += 1 / settings.evaluations
                if is_first():
                    better, points = judge.look(schedule.step, model)
                    history.log(schedule.step, **points)
                    if better:
                        model.save_pretrained(run.defender)
                return schedule.finished or agree(judge.exhausted)
            return False

        while not stopped:
            drawn = [by_id[id(row)] for row in draw_epoch([entry.row for entry in rows], run.config.weights, generator)]
            for batch in share(length_buckets([len(entry.rest) for entry in drawn], settings.batch_tokens, generator)):
                stopped = train_on([drawn[index] for index in batch])
                if stopped:
                    break
