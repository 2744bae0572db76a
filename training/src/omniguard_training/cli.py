"""The command line: `python -m omniguard_training STAGE --config FILE ...`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from omniguard_training.config import load_config
from omniguard_training.errors import TrainingError
from omniguard_training.parallel import join, leave, size
from omniguard_training.run import REPOSITORY, Inputs, Run

ORDER = ("tokenizer", "pretrain", "teacher", "sft", "grpo", "grpo-trl", "merge", "export", "verify", "calibrate", "evaluate", "summary")
EXTRA = ("adopt", "grpo-openenv", "publish")
"""Stages that `run` leaves out: one starts from the shipped pair, one needs a server, one writes into the repository."""
PARALLEL = ("pretrain", "sft", "grpo")
LAUNCHED = ("grpo-trl", "grpo-openenv")
"""Stages of TRL, whose processes Accelerate starts and connects."""


def _stages() -> dict[str, Callable[[Run], None]]:
    """Imported on use: `--help` and bad arguments answer at once."""
    from transformers.utils import logging as transformers_logging

    from omniguard_training.adopt import adopt_stage
    from omniguard_training.calibrate import calibrate_stage
    from omniguard_training.evaluate import evaluate_stage
    from omniguard_training.gguf_export import export_stage
    from omniguard_training.grpo import grpo_stage
    from omniguard_training.grpo_trl import grpo_trl_stage
    from omniguard_training.merge import merge_stage
    from omniguard_training.pretrain import pretrain_stage, train_tokenizer_stage
    from omniguard_training.publish import publish_stage
    from omniguard_training.sft import sft_stage
    from omniguard_training.summary import summary_stage
    from omniguard_training.teacher import teacher_stage
    from omniguard_training.verify import verify_stage

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    return {
        "adopt": adopt_stage,
        "tokenizer": train_tokenizer_stage,
        "pretrain": pretrain_stage,
        "teacher": teacher_stage,
        "sft": sft_stage,
        "grpo": grpo_stage,
        "grpo-trl": grpo_trl_stage,
        "grpo-openenv": _grpo_openenv_stage,
        "merge": merge_stage,
        "export": export_stage,
        "verify": verify_stage,
        "calibrate": calibrate_stage,
        "evaluate": evaluate_stage,
        "summary": summary_stage,
        "publish": publish_stage,
    }


def _grpo_openenv_stage(run: Run) -> None:
    """The OpenEnv client is an optional dependency that only this stage needs."""
    try:
        from omniguard_training.grpo_openenv import grpo_openenv_stage
    except ImportError as cause:
        raise TrainingError(f"{cause}; pip install 'omniguard-training[environment]'") from cause
    grpo_openenv_stage(run)


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="omniguard-train", description="Trains OmniGuard's defender.")
    parser.add_argument("stage", choices=("run", *EXTRA, *ORDER), help="one stage, or `run` for all up to `summary` that have not finished")
    parser.add_argument("--config", type=Path, required=True, help="YAML file, e.g. configs/nano.yaml")
    parser.add_argument("--train", type=Path, nargs="*", default=[], help="training rows, JSON Lines of `npm run -s dataset`")
    parser.add_argument("--text", type=Path, nargs="*", default=[], help="plain text for the language model")
    parser.add_argument("--eval", dest="evaluate", nargs="*", default=[], metavar="NAME=FILE", help="rows to evaluate on")
    parser.add_argument(
        "--watch", nargs="*", default=[], metavar="NAME=FILE", help="rows to score while training, e.g. of unseen servers, one file a phase"
    )
    parser.add_argument("--runs", type=Path, default=REPOSITORY / "training" / "runs", help="where runs are kept")
    parser.add_argument("--restart", action="store_true", help="with `run`: repeat finished stages too")
    parser.add_argument("--resume", action="store_true", help="the warm start and the TRL stages go on from what they kept last")
    return parser.parse_args(arguments)


def _named_files(option: str, entries: Sequence[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for entry in entries:
        name, separator, path = entry.partition("=")
        if not separator or not name or not path:
            raise TrainingError(f"{option} takes NAME=FILE, not {entry!r}")
        files[name] = Path(path)
    return files


def _finished(run: Run, stage: str) -> Path:
    return run.directory / f"{stage}.done"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one stage or all. Returns the exit code: 0 done, 2 bad arguments or input."""
    options = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        config = load_config(options.config)
        inputs = Inputs(tuple(options.train), tuple(options.text), _named_files("--eval", options.evaluate), _named_files("--watch", options.watch), options.resume)
        run = Run(config, inputs, options.runs)
        run.directory.mkdir(parents=True, exist_ok=True)
        stages = _stages()
        for stage in ORDER if options.stage == "run" else (options.stage,):
            if options.stage == "run" and not options.restart and stage not in ("evaluate", "summary") and _finished(run, stage).exists():
                print(f"{stage}: done before", flush=True)
                continue
            started = time.monotonic()
            print(f"{stage}: start", flush=True)
            if stage in PARALLEL:
                join()
            elif size() > 1 and stage not in LAUNCHED:
                raise TrainingError(f"the stage {stage} runs in one process; only {', '.join((*PARALLEL, *LAUNCHED))} run in several")
            stages[stage](run)
            if stage in PARALLEL:
                leave()
            _finished(run, stage).write_text(f"{time.monotonic() - started:.0f} seconds\n", encoding="utf-8")
            print(f"{stage}: {time.monotonic() - started:.0f} s", flush=True)
    except TrainingError as error:
        print(f"omniguard-train: {error}", file=sys.stderr)
        return 2
    return 0
