"""Byte-level BPE with control tokens, and the encoder that keeps untrusted text free of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from omniguard_training.errors import TrainingError
from omniguard_training.prompt import PromptLayout

END_OF_TEXT = "<|endoftext|>"
PADDING = "<|pad|>"
TOKENIZER_FILE = "tokenizer.json"


def control_tokens(layout: PromptLayout) -> list[str]:
    """Control tokens in the order of their ids: end of text, padding, then the section borders of the layout."""
    return [END_OF_TEXT, PADDING, *(token for token in layout.control_tokens if token not in (END_OF_TEXT, PADDING))]


def train_tokenizer(documents: Iterable[str], layout: PromptLayout, vocab_size: int) -> Tokenizer:
    """Learns the merges; GPT-2's pre-tokenisation, which llama.cpp knows as `gpt-2`. Raises TrainingError if a label splits."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=control_tokens(layout),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    label_ids(tokenizer, layout)
    return tokenizer


def label_ids(tokenizer: Tokenizer, layout: PromptLayout) -> list[int]:
    """Token ids of the six labels in the order of the actions. Raises TrainingError unless each is one distinct token."""
    ids = [tokenizer.encode(label, add_special_tokens=False).ids for label in layout.labels]
    for label, tokens in zip(layout.labels, ids, strict=True):
        if len(tokens) != 1:
            raise TrainingError(f"the label {label!r} is {len(tokens)} tokens; it must be one")
    flat = [tokens[0] for tokens in ids]
    if len(set(flat)) != len(flat):
        raise TrainingError("two labels share a token")
    return flat


def load_tokenizer(directory: Path) -> Tokenizer:
    """Raises TrainingError when the tokenizer stage has not run."""
    path = directory / TOKENIZER_FILE
    if not path.exists():
        raise TrainingError(f"{path} is missing; run the tokenizer stage first")
    return Tokenizer.from_file(str(path))


def save_tokenizer(tokenizer: Tokenizer, directory: Path) -> None:
    """Writes the tokenizer for this package and for Transformers."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / TOKENIZER_FILE))
    as_transformers(tokenizer).save_pretrained(directory)


def as_transformers(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """The same tokenizer for Transformers and TRL; no token is ever added at the start or the end."""
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(tokenizer.to_str()),
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=PADDING,
        clean_up_tokenization_spaces=False,
    )


class PromptEncoder:
    """Token ids of a prompt exactly as serving makes them: prefix and tail with control tokens, the body without."""

    def __init__(self, tokenizer: Tokenizer, layout: PromptLayout) -> None:
        self.layout = layout
        self.trusted = Tokenizer.from_str(tokenizer.to_str())
        self.untrusted = Tokenizer.from_str(tokenizer.to_str())
        self.untrusted.encode_special_tokens = True
        self.prefix = self.trusted.encode(layout.prefix, add_special_tokens=False).ids
        self.tail = self.trusted.encode(layout.tail, add_special_tokens=False).ids
        self.labels = label_ids(self.trusted, layout)
        self.end = self._id_of(END_OF_TEXT, "<|im_end|>", "</s>")
        self.padding = self._id_of(PADDING, END_OF_TEXT, "<|im_end|>", "</s>")

    def _id_of(self, *names: str) -> int:
        """Id of the first of these control tokens that the vocabulary has."""
        for name in names:
            index = self.trusted.token_to_id(name)
            if index is not None:
                return int(index)
        raise TrainingError(f"the vocabulary has none of the control tokens {', '.join(names)}")

    def body(self, text: str) -> list[int]:
        """Ids of untrusted text; a control token written out in it becomes plain tokens."""
        return self.untrusted.encode(text, add_special_tokens=False).ids

    def rest(self, body: str) -> list[int]:
        """Ids of what follows the constant prefix."""
        return self.body(body) + self.tail

    def prompt(self, body: str) -> list[int]:
        """Ids of the whole prompt, ending right before the answer."""
        return self.prefix + self.rest(body)
