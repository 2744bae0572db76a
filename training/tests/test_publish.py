"""Manifest, curves, and the golden files shared with TypeScript."""

from __future__ import annotations

import json
from pathlib import Path

import gguf
import pytest

from omniguard_training.actions import ACTIONS, LABELS
from omniguard_training.publish import compact_history, update_manifest
from omniguard_training.prompt import load_layout
from omniguard_training.run import REPOSITORY

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


def test_the_prompt_golden_file_is_prefix_body_and_tail() -> None:
    layout = load_layout(PROMPT / "layout.json")
    path = PROMPT / "prompt.golden.json"
    if not path.exists():
        pytest.skip("no golden prompts yet")
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert golden["version"] == layout.version
    for case in golden["cases"]:
        assert layout.render(case["body"]) == case["prompt"]


def test_shipped_files_hold_the_golden_vocabulary() -> None:
    golden = json.loads((PROMPT / "tokens.golden.json").read_text(encoding="utf-8"))
    layout = load_layout(PROMPT / "layout.json")
    assert golden["promptVersion"] == layout.version
    reader = gguf.GGUFReader(MODELS / "nano-omniguard.gguf")
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    assert [tokens[index] for index in golden["labels"]] == [f"Ġ{label}" for label in LABELS]
    assert tokens[golden["prefix"][0]] == layout.control_tokens[0]
