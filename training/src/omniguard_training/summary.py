"""Stage `summary`: the results table of the run, untrained base against warm start against trained defender, and the model card."""

from __future__ import annotations

import json
from typing import Any

from omniguard_training.errors import TrainingError
from omniguard_training.run import Run

MEASURES = {
    "overall_reward": "overall reward",
    "env_step_reward": "environment step reward",
    "threat_awareness": "threat awareness",
    "action_stability_kl": "action stability (KL to the warm start)",
}
MODELS = {"base": "base", "warm_start": "sft", "trained": "defender (expected policy)", "trl": "grpo (TRL, sampled)", "trl_server": "grpo (TRL, server)"}


def results(evaluation: dict[str, dict[str, dict[str, Any]]]) -> dict[str, dict[str, dict[str, float]]]:
    """{set: {model: {measure: value}}} from the document of the stage `evaluate`."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for name, models in evaluation.items():
        table[name] = {
            short: {
                "overall_reward": models[full]["overall_reward"],
                "env_step_reward": models[full]["mean_reward"],
                "threat_awareness": models[full]["threat_awareness"],
                "action_stability_kl": models[full]["kl"],
            }
            for short, full in MODELS.items()
            if full in models
        }
    return table


def markdown(table: dict[str, dict[str, dict[str, float]]]) -> str:
    """One table a set: a line for each measure, a column for each model."""
    parts: list[str] = []
    for name, models in table.items():
        parts.append(f"### {name}\n\n| measure | " + " | ".join(models) + " |\n" + "|---" * (len(models) + 1) + "|")
        for measure, title in MEASURES.items():
            parts.append(f"| {title} | " + " | ".join(f"{values[measure]:.3f}" for values in models.values()) + " |")
        parts.append("")
    return "\n".join(parts) + "\n"


def card(run: Run, table: dict[str, dict[str, dict[str, float]]]) -> str:
    """The model card in Markdown: what the models are, and what was measured."""
    manifest = json.loads((run.exports / "manifest.json").read_text(encoding="utf-8"))
    training, held_out = run.split
    lines = [f"# {run.config.run}\n", "| id | role | parameters | bytes | SHA-256 |", "|---|---|---|---|---|"]
    for entry in manifest["models"]:
        lines.append(f"| {entry['id']} | {entry['role']} | {entry['parameters']:,} | {entry['bytes']:,} | `{entry['sha256']}` |")
    lines.append(f"\nTrained on {len(training):,} rows; {len(held_out):,} rows of other groups were held out. Licence: {manifest['models'][0]['licence']}.")
    calibration = next((entry["calibration"] for entry in manifest["models"] if entry["calibration"]), None)
    if calibration is not None:
        lines.append(
            f"Temperature {calibration['temperature']:.3f}, fitted on {calibration['rows']:,} rows ({calibration['fittedOn']}); "
            f"calibration error there {calibration['eceBefore']:.3f} before, {calibration['eceAfter']:.3f} after.\n"
        )
    return "\n".join(lines) + "\n" + markdown(table)


def summary_stage(run: Run) -> None:
    """Writes `summary.json` and `MODEL_CARD.md`. Raises TrainingError when the run has not been evaluated and calibrated."""
    evaluated = run.directory / "evaluation.json"
    if not evaluated.exists() or not (run.exports / "manifest.json").exists():
        raise TrainingError("evaluate and calibrate the run first")
    table = results(json.loads(evaluated.read_text(encoding="utf-8")))
    (run.directory / "summary.json").write_text(json.dumps({"run": run.config.run, "results": table}, indent=1) + "\n", encoding="utf-8")
    (run.directory / "MODEL_CARD.md").write_text(card(run, table), encoding="utf-8")
    print(markdown(table), flush=True)
