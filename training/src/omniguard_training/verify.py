"""Stage `verify`: the GGUF files answer through llama.cpp as the trained weights do."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from transformers import LlamaForCausalLM

from omniguard_training.errors import TrainingError
from omniguard_training.model import load_base
from omniguard_training.predict import predict
from omniguard_training.run import REPOSITORY, Run

SCRIPT = REPOSITORY / "training" / "scripts" / "gguf_answers.mjs"
NODE = REPOSITORY / "node_modules" / ".bin" / "node"
SAMPLE = 200


@dataclass(frozen=True)
class Parity:
    """How far a file lies from the weights it was made of."""

    prompts: int
    token_mismatches: int
    mean_probability_gap: float
    """Mean absolute difference over all label probabilities."""
    flips: int
    """Prompts whose argmax differs."""


def compare(run: Run, file: Path, model: LlamaForCausalLM, bodies: list[str]) -> Parity:
    """Asks llama.cpp and the weights the same questions. Raises TrainingError when node-llama-cpp cannot run."""
    answered = subprocess.run(
        [str(NODE), str(SCRIPT), str(file), str(REPOSITORY / run.config.layout)],
        input="".join(json.dumps(body) + "\n" for body in bodies),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    if answered.returncode:
        raise TrainingError(f"node-llama-cpp failed on {file.name}: {answered.stderr.strip().splitlines()[-1:]}")
    answers = [json.loads(line) for line in answered.stdout.splitlines()]
    prompts = [run.encoder.prompt(body) for body in bodies]
    mismatches = sum(answer["ids"] != prompt for answer, prompt in zip(answers, prompts, strict=True))
    logits = np.array([answer["logits"] for answer in answers])
    served = np.exp(logits - logits.max(axis=1, keepdims=True))
    served /= served.sum(axis=1, keepdims=True)
    trained = np.exp(predict(model, run.encoder, [run.encoder.rest(body) for body in bodies]).log_probabilities)
    return Parity(
        prompts=len(bodies),
        token_mismatches=mismatches,
        mean_probability_gap=float(np.abs(served - trained).mean()),
        flips=int((served.argmax(axis=1) != trained.argmax(axis=1)).sum()),
    )


def verify_stage(run: Run) -> None:
    """Checks both files on held-out rows. Raises TrainingError when they differ more than quantisation explains."""
    rows = [entry.row for entry in run.encode(run.split[1])]
    random.Random(run.config.seed).shuffle(rows)
    bodies = [row.body for row in rows[:SAMPLE]]
    figures: dict[str, Parity] = {}
    for suffix, directory in (("base", run.base), ("omniguard", run.merged)):
        file = run.exports / f"{run.config.run}-{suffix}.gguf"
        parity = compare(run, file, load_base(directory), bodies)
        figures[file.name] = parity
        print(f"{file.name}: {parity}", flush=True)
        if parity.token_mismatches:
            raise TrainingError(f"{file.name}: {parity.token_mismatches} of {parity.prompts} prompts are tokenised differently")
        if parity.mean_probability_gap > 0.02:
            raise TrainingError(f"{file.name}: label probabilities differ by {parity.mean_probability_gap:.4f} on average")
    (run.directory / "parity.json").write_text(
        json.dumps({name: vars(parity) for name, parity in figures.items()}, indent=1), encoding="utf-8"
    )
