"""Bases of others: from the Hugging Face Hub, a folder, or a Python package that carries a GGUF file."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from omniguard_training.config import PretrainedConfig
from omniguard_training.errors import TrainingError
from omniguard_training.model import load_gguf

PACKAGE = "package:"


def packaged_gguf(package: str) -> Path:
    """The one GGUF file inside an installed package. Raises TrainingError when there is none, or more than one."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise TrainingError(f"the package {package} is not installed")
    files = sorted(path for location in spec.submodule_search_locations for path in Path(location).rglob("*.gguf"))
    if len(files) != 1:
        raise TrainingError(f"the package {package} holds {len(files)} GGUF files; one is needed")
    return files[0]


def cut_as_stored(tokenizer: PreTrainedTokenizerBase, file: Path) -> None:
    """Transformers reads every byte-level tokenizer of a GGUF file as GPT-2's; SmolLM2's cuts digits apart first."""
    fields = GGUFReader(file).fields
    if "tokenizer.ggml.pre" in fields and fields["tokenizer.ggml.pre"].contents() == "smollm":
        bytes_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), bytes_level])


def _location(settings: PretrainedConfig) -> tuple[str, dict[str, Any]]:
    """(what to load, how) for Transformers' `from_pretrained`."""
    if settings.source.startswith(PACKAGE):
        file = packaged_gguf(settings.source.removeprefix(PACKAGE))
        return str(file.parent), {"gguf_file": file.name}
    if Path(settings.source).is_dir():
        return settings.source, {}
    return settings.source, {"revision": settings.revision}


def _fetch(what: str, loader: Any, settings: PretrainedConfig, **options: Any) -> Any:
    location, how = _location(settings)
    try:
        return loader.from_pretrained(location, **how, **options)
    except (OSError, ValueError) as cause:
        raise TrainingError(f"cannot load the {what} of {settings.source}: {cause}") from cause


def fetch_tokenizer(settings: PretrainedConfig, target: Path) -> None:
    """Writes the base's tokenizer. Raises TrainingError when it cannot be had."""
    tokenizer = _fetch("tokenizer", AutoTokenizer, settings)
    if settings.source.startswith(PACKAGE):
        cut_as_stored(tokenizer, packaged_gguf(settings.source.removeprefix(PACKAGE)))
    tokenizer.save_pretrained(target)


def fetch_base(settings: PretrainedConfig, target: Path) -> None:
    """Writes the base in float32; weights that were quantised in a GGUF are dequantised, and are the baseline as they are."""
    if settings.source.startswith(PACKAGE):
        load_gguf(packaged_gguf(settings.source.removeprefix(PACKAGE))).save_pretrained(target)
    else:
        _fetch("weights", AutoModelForCausalLM, settings, dtype=torch.float32).save_pretrained(target)
