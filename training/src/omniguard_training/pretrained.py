"""Bases of others: from the Hugging Face Hub, a folder, or a Python package that carries a GGUF file."""

from __future__ import annotations

import importlib.util
import typing
from pathlib import Path
from typing import Any, Protocol

import torch
from gguf import GGUFReader
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

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


class Source(Protocol):
    """Where a base of others comes from."""

    @property
    def source(self) -> str: ...

    @property
    def revision(self) -> str: ...


def _location(settings: Source) -> tuple[str, dict[str, Any]]:
    """(what to load, how) for Transformers' `from_pretrained`."""
    if settings.source.startswith(PACKAGE):
        file = packaged_gguf(settings.source.removeprefix(PACKAGE))
        return str(file.parent), {"gguf_file": file.name}
    if Path(settings.source).is_dir():
        return settings.source, {}
    return settings.source, {"revision": settings.revision}


def _fetch(what: str, loader: Any, settings: Source, **options: Any) -> Any:
    location, how = _location(settings)
    try:
        return loader.from_pretrained(location, **how, **options)
    except (OSError, ValueError) as cause:
        raise TrainingError(f"cannot load the {what} of {settings.source}: {cause}") from cause


def read_tokenizer(settings: Source) -> PreTrainedTokenizerBase:
    """The base's tokenizer. Raises TrainingError when it cannot be had."""
    tokenizer = _fetch("tokenizer", AutoTokenizer, settings)
    if settings.source.startswith(PACKAGE):
        cut_as_stored(tokenizer, packaged_gguf(settings.source.removeprefix(PACKAGE)))
    return typing.cast(PreTrainedTokenizerBase, tokenizer)


def read_base(settings: Source) -> PreTrainedModel:
    """The base in float32; weights that were quantised in a GGUF are dequantised. Raises TrainingError when it cannot be had."""
    if settings.source.startswith(PACKAGE):
        return load_gguf(packaged_gguf(settings.source.removeprefix(PACKAGE)))
    return typing.cast(PreTrainedModel, _fetch("weights", AutoModelForCausalLM, settings, dtype=torch.float32))
