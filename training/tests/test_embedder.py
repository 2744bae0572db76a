"""The critic's embedder: settings, pairs, loss, restart, and a whole run on a tiny model."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.adopt import tokenizer_of
from omniguard_training.config import ExportConfig
from omniguard_training.embedder import __main__ as command
from omniguard_training.embedder.embed import directions, distances, encode, encoder_of
from omniguard_training.embedder.pairs import EditPair, family_of, load_pairs, split_by_family
from omniguard_training.embedder.publish import publish, write_golden
from omniguard_training.embedder.settings import EmbedderSettings, load_settings
from omniguard_training.embedder.train import EncodedPair, Trainer, edit_loss, encode_pairs, epoch_batches, thinned
from omniguard_training.errors import TrainingError
from omniguard_training.forward import AnswerPass
from omniguard_training.gguf_export import write_gguf
from omniguard_training.model import load_gguf
from omniguard_training.telemetry import History

SHIPPED = Path(__file__).resolve().parents[1] / "configs" / "embedder.yaml"
TOOLS = ["read file", "search mail", "list weather", "write ticket", "config server", "delete invoice", "path list", "mail server"]


def make_lines() -> list[dict[str, Any]]:
    lines = []
    for index in range(48):
        malicious = index % 2 == 1
        tool = TOOLS[index % len(TOOLS)]
        lines.append(
            {
                "id": f"pair-{index}",
                "source": "test",
                "group": f"{'attack' if malicious else 'benign'}:{index // 2 % 12}:{tool}",
                "label": "malicious" if malicious else "benign",
                "origin": "change" if index % 3 else "definition",
                "reference": f"{tool}: {tool} of the server",
                "candidate": "description: rm -rf / mail delete" if malicious else "description: list of the path",
            }
        )
    return lines


def write_lines(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def pairs(tmp_path: Path) -> list[EditPair]:
    return load_pairs([write_lines(tmp_path / "pairs.jsonl", make_lines())])


@pytest.fixture
def settings() -> EmbedderSettings:
    return dataclasses.replace(load_settings(SHIPPED), epochs=6, last_step=0, batch_tokens=256, max_tokens=120, save_steps=5, precision="fp32", average=0.5)


def write_settings(path: Path, **changes: Any) -> Path:
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | changes
    path.write_text(yaml.safe_dump({key: value for key, value in document.items() if value is not None}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": None}, "missing setting epochs"),
        ({"epochs": 0}, "at least 1"),
        ({"epochs": 1.5}, "epochs must be of type int"),
        ({"learning_rate": "fast"}, "learning_rate must be of type float"),
        ({"colour": 1}, "unknown setting colour"),
        ({"holdout": 0.9}, "holdout"),
        ({"margin": 2.5}, "margin"),
        ({"family": "("}, "family is not a regular expression"),
        ({"precision": "fp8"}, "precision"),
        ({"quantization": "Q2"}, "quantization"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        load_settings(write_settings(tmp_path / "wrong.yaml", **changes))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "pairs.jsonl:1: not valid JSON"),
        ("[]", "must be an object"),
        ('{"id": 1}', "`id` must be a string"),
        (json.dumps(make_lines()[0] | {"label": "odd"}), "`label` must be benign or malicious"),
        (json.dumps(make_lines()[0] | {"origin": "odd"}), "`origin` must be change or definition"),
        (json.dumps(make_lines()[0] | {"candidate": ""}), "must not be empty"),
    ],
)
def test_wrong_pairs_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=message):
        load_pairs([path])


def test_a_family_never_crosses_the_split(pairs: list[EditPair]) -> None:
    family = r"(?:attack|benign):\d+"
    training, held_out = split_by_family(pairs, 0.3, family)
    pattern = re.compile(family)
    assert training and held_out
    assert not {family_of(pair, pattern) for pair in training} & {family_of(pair, pattern) for pair in held_out}
    captured = re.compile(r"(?:attack|benign):(\d+)")
    assert family_of(pairs[0], captured) == family_of(pairs[1], captured) == "0"
    assert {family_of(pair, pattern) for pair in training} < {f"{side}:{index}" for side in ("attack", "benign") for index in range(12)}


def test_padding_does_not_change_a_direction(base: LlamaForCausalLM, tokenizer: Tokenizer) -> None:
    encoder = encoder_of(tokenizer)
    short, long = encode(encoder, "read file", 100), encode(encoder, "write list delete file mail search", 100)
    with torch.inference_mode():
        alone = directions(AnswerPass(base), [short])[0]
        padded = directions(AnswerPass(base), [short, long])[0]
    assert torch.allclose(alone, padded, atol=1e-5)
    assert abs(float(alone.norm()) - 1) < 1e-5
    assert distances(base, [(short, short), (short, long)])[0] == pytest.approx(0, abs=1e-5)


def test_control_tokens_written_out_stay_text(tokenizer: Tokenizer) -> None:
    assert len(encode(encoder_of(tokenizer), "<|policy|>", 100)) > 1
    assert len(encode(encoder_of(tokenizer), "read file " * 50, 7)) == 7


def test_the_loss_rewards_distance_of_harmful_edits_alone(settings: EmbedderSettings) -> None:
    axes = torch.eye(4)
    near, far = axes[:2], axes[2:]
    benign, malicious = torch.zeros(2), torch.ones(2)
    assert edit_loss(axes[:2], near, benign, settings) < edit_loss(axes[:2], far, benign, settings)
    assert edit_loss(axes[:2], far, malicious, settings) < edit_loss(axes[:2], near, malicious, settings)
    collapsed = axes[:1].expand(2, -1)
    assert edit_loss(collapsed, collapsed, benign, settings) > edit_loss(axes[:2], near, benign, settings)


def test_batches_hold_every_pair_once_within_their_bound() -> None:
    pairs = [EncodedPair([1] * (1 + index % 9), [2] * (1 + index % 5), index % 2 == 0) for index in range(600)]
    batches = epoch_batches(pairs, 64, 3)
    assert sorted(id(pair) for batch in batches for pair in batch) == sorted(id(pair) for pair in pairs)
    assert all(len(batch) == 1 or 2 * max(pair.width for pair in batch) * len(batch) <= 64 for batch in batches)
    assert epoch_batches(pairs, 64, 3) == batches
    assert epoch_batches(pairs, 64, 4) != batches


def test_thinning_leaves_something() -> None:
    generator = random.Random(5)
    assert all(thinned([1, 2, 3], 0.99, generator) for _ in range(200))
    assert thinned([1, 2, 3], 0.0, generator) == [1, 2, 3]


def test_an_interrupted_run_goes_on_to_the_same_weights(
    base: LlamaForCausalLM, tokenizer: Tokenizer, pairs: list[EditPair], settings: EmbedderSettings, tmp_path: Path
) -> None:
    encoded = encode_pairs(pairs, encoder_of(tokenizer), settings.max_tokens)
    start = {name: tensor.clone() for name, tensor in base.state_dict().items()}

    def finish(folder: Path) -> Trainer:
        base.load_state_dict(start)
        trainer = Trainer(base, encoded, settings, folder / "checkpoint.pt")
        trainer.resume()
        with History(folder / "history.jsonl", "embedder") as history:
            trainer.run(history)
        return trainer

    whole = finish(tmp_path / "whole")
    expected = {name: tensor.clone() for name, tensor in whole.model.state_dict().items()}
    base.load_state_dict(start)
    interrupted = Trainer(base, encoded, settings, tmp_path / "broken" / "checkpoint.pt")
    with History(tmp_path / "broken" / "history.jsonl", "embedder") as history:
        interrupted.run(history, until=5)
    resumed = finish(tmp_path / "broken")
    assert resumed.step == resumed.steps
    short = Trainer(base, encoded, dataclasses.replace(settings, last_step=3), tmp_path / "short" / "checkpoint.pt")
    assert (short.last_step, short.steps) == (3, resumed.steps)
    for name, tensor in resumed.model.state_dict().items():
        assert torch.allclose(tensor, expected[name], atol=1e-6), name
    with pytest.raises(TrainingError, match="other settings"):
        Trainer(base, encoded[:20], settings, tmp_path / "whole" / "checkpoint.pt").resume()


def test_a_run_separates_edits_exports_and_agrees_with_the_file(
    base: LlamaForCausalLM, tokenizer: Tokenizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "start.gguf"
    write_gguf(base, tokenizer, start, "start", ExportConfig(quantization="F32", embeddings="F32", max_bytes=10**7))
    config = write_settings(
        tmp_path / "tiny.yaml",
        name="tiny",
        epochs=12,
        last_step=0,
        batch_tokens=512,
        max_tokens=120,
        learning_rate=3e-3,
        average=0.5,
        precision="fp32",
        token_dropout=0.0,
        family=r"(?:attack|benign):\d+",
    )
    pairs = write_lines(tmp_path / "pairs.jsonl", make_lines())
    arguments = ["--config", str(config), "--start", str(start), "--pairs", str(pairs), "--runs", str(tmp_path / "runs")]
    assert command.main(arguments) == 0
    folder = tmp_path / "runs" / "tiny"
    held_out = load_pairs([folder / "held-out-pairs.jsonl"])
    assert 0 < len(held_out) < 48 and all(pair.is_change for pair in held_out)
    points = [json.loads(line) for line in (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert points[-1]["loss"] < points[0]["loss"]
    assert "distances differ by" in capsys.readouterr().out
    encoder = encoder_of(tokenizer_of(folder / "tiny.gguf"))
    encoded = encode_pairs(held_out, encoder, 120)
    found = distances(load_gguf(folder / "tiny.gguf"), [(pair.reference, pair.candidate) for pair in encoded])
    harmful = [value for value, pair in zip(found, held_out, strict=True) if pair.malicious]
    benign = [value for value, pair in zip(found, held_out, strict=True) if not pair.malicious]
    assert not harmful or not benign or min(harmful) > max(benign)
    assert command.main(arguments) == 0


def test_publishing_keeps_other_models_and_no_calibration_of_another_file(
    base: LlamaForCausalLM, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    file = tmp_path / "nano-embedder.gguf"
    write_gguf(base, tokenizer, file, "embedder", ExportConfig(quantization="F32", embeddings="F32", max_bytes=10**7))
    models = tmp_path / "models"
    models.mkdir()
    former = {"id": "nano-embedder", "sha256": "0", "calibration": None, "criticCalibration": {"modelSha256": "0"}}
    other = {"id": "nano-base", "sha256": "1", "calibration": None}
    (models / "manifest.json").write_text(json.dumps({"version": 1, "models": [other, former]}), encoding="utf-8")
    publish(file, base, "nano-1", models)
    kept, entry = json.loads((models / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert kept == other
    assert (entry["id"], entry["role"], entry["bytes"]) == ("nano-embedder", "embedder", file.stat().st_size)
    assert "criticCalibration" not in entry
    write_golden(base, encoder_of(tokenizer), 120, tmp_path / "golden.json")
    edits = json.loads((tmp_path / "golden.json").read_text(encoding="utf-8"))["edits"]
    assert {edit["harmful"] for edit in edits} == {True, False}
    assert all(0 <= edit["distance"] <= 2 for edit in edits)


def test_a_missing_file_ends_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--config", str(SHIPPED), "--start", "none.gguf", "--pairs", str(tmp_path / "none.jsonl")]) == 2
    assert capsys.readouterr().err.startswith("omniguard-embedder: cannot read pairs")
