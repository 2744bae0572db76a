"""Stage `adopt`: the pair that ships becomes the base, tokenizer and warm start of a run, so that training goes on from it."""

from __future__ import annotations

from pathlib import Path

from gguf import GGUFReader, TokenType
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from omniguard_training.errors import TrainingError
from omniguard_training.model import load_gguf
from omniguard_training.run import REPOSITORY, Run
from omniguard_training.tokenizer import label_ids, save_tokenizer


def tokenizer_of(path: Path) -> Tokenizer:
    """The byte-level BPE that a GGUF file of ours carries."""
    fields = GGUFReader(path).fields
    tokens: list[str] = fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    types = fields["tokenizer.ggml.token_type"].contents()
    control = [token for token, kind in zip(tokens, types, strict=True) if kind == TokenType.CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    return tokenizer


def adopt_stage(run: Run) -> None:
    """Dequantises both files of `models/` that carry the run's name. Raises TrainingError when one is missing."""
    folder = REPOSITORY / "models"
    for suffix, target in (("base", run.base), ("omniguard", run.warm)):
        file = folder / f"{run.config.run}-{suffix}.gguf"
        if not file.exists():
            raise TrainingError(f"{file.name} is not in models/")
        load_gguf(file).save_pretrained(target)
        tokenizer = tokenizer_of(file)
        label_ids(tokenizer, run.layout)
        save_tokenizer(tokenizer, run.tokenizer)
