"""The command line: `python -m omniguard_training.embedder --config FILE --start GGUF --pairs FILE ...`."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.adopt import tokenizer_of
from omniguard_training.config import ExportConfig
from omniguard_training.embedder.embed import distances, encode, encoder_of
from omniguard_training.embedder.pairs import EditPair, load_pairs, split_by_family
from omniguard_training.embedder.publish import publish, write_golden
from omniguard_training.embedder.settings import EmbedderSettings, load_settings
from omniguard_training.embedder.train import Trainer, encode_pairs
from omniguard_training.errors import TrainingError
from omniguard_training.gguf_export import sha256_of, write_gguf
from omniguard_training.model import load_gguf
from omniguard_training.prompt import load_layout
from omniguard_training.run import REPOSITORY
from omniguard_training.telemetry import History

SCRIPT = REPOSITORY / "training" / "scripts" / "gguf_distances.mjs"
NODE = REPOSITORY / "node_modules" / ".bin" / "node"
VERIFIED = 100
LARGEST_GAP = 0.03
"""Mean difference of a distance, weights against file, that quantisation explains."""


@dataclass(frozen=True)
class Work:
    """One run of the embedder's training and what it was given."""

    settings: EmbedderSettings
    start: Path
    pairs: tuple[Path, ...]
    folder: Path
    publish: bool

    @property
    def file(self) -> Path:
        return self.folder / f"{self.settings.name}.gguf"


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="omniguard-embedder", description="Trains the embedder of the semantic critic.")
    parser.add_argument("--config", type=Path, required=True, help="YAML file, e.g. configs/embedder.yaml")
    parser.add_argument("--start", type=Path, required=True, help="GGUF file of a Llama model whose weights and vocabulary it begins with")
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="JSON Lines of `npm run -s dataset -- --pairs`")
    parser.add_argument("--runs", type=Path, default=REPOSITORY / "training" / "runs", help="where runs are kept")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--publish", action="store_true", help="put the verified file into models/, with its manifest entry")
    return parser.parse_args(arguments)


def verify(work: Work, model: LlamaForCausalLM, tokenizer: Tokenizer, pairs: Sequence[EditPair]) -> float:
    """Mean difference of distances between weights and file, through node-llama-cpp. Raises TrainingError when they disagree."""
    answered = subprocess.run(
        [str(NODE), str(SCRIPT), str(work.file), str(work.settings.max_tokens)],
        input="".join(json.dumps([pair.reference, pair.candidate]) + "\n" for pair in pairs),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    if answered.returncode:
        raise TrainingError(f"node-llama-cpp failed on {work.file.name}: {answered.stderr.strip().splitlines()[-1:]}")
    answers = [json.loads(line) for line in answered.stdout.splitlines()]
    most = work.settings.max_tokens
    ids = [(encode(tokenizer, pair.reference, most), encode(tokenizer, pair.candidate, most)) for pair in pairs]
    if any(answer["ids"] != list(pair) for answer, pair in zip(answers, ids, strict=True)):
        raise TrainingError(f"{work.file.name}: a text is tokenised differently")
    gap = float(np.abs(np.array([answer["distance"] for answer in answers]) - distances(model, ids)).mean())
    if gap > LARGEST_GAP:
        raise TrainingError(f"{work.file.name}: distances differ by {gap:.4f} on average")
    return gap


def run(work: Work) -> None:
    """Trains, exports and verifies; writes the held-out changes, which the critic is calibrated on, beside the file."""
    settings = work.settings
    training, others = split_by_family(load_pairs(work.pairs), settings.holdout, settings.family)
    held_out = [pair for pair in others if pair.is_change]
    if not held_out:
        raise TrainingError("no change was held out; give more pairs")
    work.folder.mkdir(parents=True, exist_ok=True)
    (work.folder / "held-out-pairs.jsonl").write_text("".join(f"{pair.line}\n" for pair in held_out), encoding="utf-8")
    if not work.start.exists():
        raise TrainingError(f"{work.start} does not exist")
    vocabulary = tokenizer_of(work.start)
    tokenizer = encoder_of(vocabulary)
    torch.manual_seed(settings.seed)
    model = load_gguf(work.start)
    trainer = Trainer(model, encode_pairs(training, tokenizer, settings.max_tokens), settings, work.folder / "checkpoint.pt")
    resumed = trainer.resume()
    print(f"{len(training)} pairs to train on, {len(held_out)} held out; step {trainer.step} of {trainer.last_step}", flush=True)
    history_path = work.folder / "history.jsonl"
    if not resumed:
        history_path.unlink(missing_ok=True)
    with History(history_path, "embedder") as history:
        trainer.run(history)
    types = ExportConfig(quantization=settings.quantization, embeddings=settings.quantization, max_bytes=settings.max_bytes)
    write_gguf(trainer.model, vocabulary, work.file, f"OmniGuard {settings.name}", types)
    size = work.file.stat().st_size
    if size > settings.max_bytes:
        raise TrainingError(f"{work.file.name} has {size:,} bytes, more than {settings.max_bytes:,}")
    sample = random.Random(settings.seed).sample(held_out, min(VERIFIED, len(held_out)))
    gap = verify(work, trainer.model, tokenizer, sample)
    print(f"{work.file}: {size:,} bytes, sha256 {sha256_of(work.file)}, distances differ by {gap:.5f} from the weights", flush=True)
    if work.publish:
        version = load_layout(REPOSITORY / "src" / "backend" / "inference" / "prompt" / "layout.json").version
        publish(work.file, trainer.model, version, REPOSITORY / "models")
        write_golden(trainer.model, tokenizer, settings.max_tokens, REPOSITORY / "src" / "backend" / "critic" / "embedder.golden.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 done, 2 bad arguments or input."""
    options = parse_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = load_settings(options.config)
        torch.set_num_threads(options.threads)
        run(Work(settings, options.start, tuple(options.pairs), options.runs / settings.name, options.publish))
    except TrainingError as error:
        print(f"omniguard-embedder: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
