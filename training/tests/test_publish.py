"""Manifest, curves, and the golden files shared with TypeScript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omniguard_training.actions import ACTIONS, LABELS
from omniguard_training.adopt import tokenizer_of
from omniguard_training.publish import compact_history, update_manifest
from omniguard_training.prompt import load_layout
from omniguard_training.run import REPOSITORY
from omniguard_training.tokenizer import PromptEncoder

PROMPT = REPOSITORY / "src" / "backend" / "inference" / "prompt"
MODELS = REPOSITORY / "models"


def entry(identity: str, sha256: str) -> dict[str, object]:
    return {"id": identity, "sha256": sha256, "calibration": None}


def test_other_models_and_valid_calibrations_survive(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    update_manifest(manifest, [entry("small-base", "s"), entry("nano-base", "a"), entry("nano-omniguard", "b")])
    document = json.loads(manifest.read_text(encoding="utf-8"))
    for model in document["models"]:
        model["calibration"] = {"temperature": 1.5}
    manifest.write_text(json.dumps(document), encoding="utf-8")
    update_manifest(manifest, [entry("nano-base", "a"), entry("nano-omniguard", "changed")])
    after = {model["id"]: model for model in json.loads(manifest.read_text(encoding="utf-8"))["models"]}
    assert list(after) == ["small-base", "nano-base", "nano-omniguard"]
    assert after["nano-base"]["calibration"] == {"temperature": 1.5}
    assert after["nano-omniguard"]["calibration"] is None


def test_curves_are_thinned_but_keep_held_out_points(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    points = [{"step": step, "loss": 1.0} if step % 50 else {"step": step, "env_reward": 0.1} for step in range(1000)]
    path.write_text("".join(json.dumps(point) + "\n" for point in points), encoding="utf-8")
    text = compact_history(path, limit=8000)
    assert len(text.encode()) <= 8000
    assert sum("env_reward" in line for line in text.splitlines()) == 20


def test_the_layout_of_typescript_is_readable_and_its_actions_are_ours() -> None:
    layout = load_layout(PROMPT / "layout.json")
    assert layout.tail.endswith("Action:")
    assert layout.labels == tuple(f" {label}" for label in LABELS)
    assert all(token in layout.prefix + layout.tail for token in layout.control_tokens)
    source = (REPOSITORY / "src" / "contract" / "actions.ts").read_text(encoding="utf-8")
    listed = source.split("ACTIONS = [")[1].split("]")[0]
    assert tuple(part.strip().strip("'") for part in listed.split(",") if part.strip()) == ACTIONS


@pytest.mark.parametrize("name", ["nano-base.gguf", "nano-omniguard.gguf"])
def test_the_shipped_files_tokenise_golden_prompts_as_recorded(name: str) -> None:
    golden = json.loads((PROMPT / "tokens.golden.json").read_text(encoding="utf-8"))
    layout = load_layout(PROMPT / "layout.json")
    encoder = PromptEncoder(tokenizer_of(MODELS / name), layout)
    assert golden["promptVersion"] == layout.version
    assert (encoder.prefix, encoder.tail, encoder.labels) == (golden["prefix"], golden["tail"], golden["labels"])
    for entry in golden["texts"]:
        assert encoder.body(entry["text"]) == entry["ids"], entry["text"]


def test_every_golden_body_of_typescript_is_among_the_recorded_texts() -> None:
    recorded = {entry["text"] for entry in json.loads((PROMPT / "tokens.golden.json").read_text(encoding="utf-8"))["texts"]}
    bodies = [entry["body"] for entry in json.loads((PROMPT / "prompt.golden.json").read_text(encoding="utf-8"))["entries"]]
    assert bodies
    assert not [body for body in bodies if body not in recorded]
