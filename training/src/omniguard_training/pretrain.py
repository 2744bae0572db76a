"""Stages `tokenizer` and `pretrain`: the base model, which knows MCP traffic and the form of an answer, but has no policy."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from omniguard_training.batching import length_buckets
from omniguard_training.cut import cut_model, cut_tokenizer, source_ids
from omniguard_training.errors import TrainingError
from omniguard_training.forward import AnswerPass
from omniguard_training.model import build_base, pad
from omniguard_training.optimise import Optimiser, Schedule
from omniguard_training.parallel import is_first, share, size
from omniguard_training.pretrained import read_base, read_tokenizer
from omniguard_training.run import Run
from omniguard_training.tokenizer import PromptEncoder, label_ids, load_tokenizer, save_tokenizer, train_tokenizer

TEXT_CHUNK = 1600
LOG_EVERY = 10


def plain_documents(run: Run) -> list[str]:
    """Chunks of the plain-text files given with --text."""
    chunks: list[str] = []
    for path in run.inputs.text:
        text = path.read_text(encoding="utf-8", errors="replace")
        chunks.extend(text[start : start + TEXT_CHUNK] for start in range(0, len(text), TEXT_CHUNK))
    return chunks


def train_tokenizer_stage(run: Run) -> None:
    """Learns the vocabulary from training bodies and plain text, the layout's trusted text and the labels among them.

    With a pretrained base, keeps that one's tokenizer after checking that the labels are single tokens in it.
    """
    if run.config.pretrained is not None:
        read_tokenizer(run.config.pretrained).save_pretrained(run.tokenizer)
        label_ids(load_tokenizer(run.tokenizer), run.layout)
        return
    generator = run.seed("tokenizer")
    documents = [row.body for row in run.split[0]] + plain_documents(run)
    layout = run.layout
    trusted = [layout.prefix, layout.tail, "".join(layout.labels)]
    if run.config.cut is not None:
        source = read_tokenizer(run.config.cut).backend_tokenizer
        save_tokenizer(cut_tokenizer(source, [*documents, *trusted], layout, run.config.cut.vocab_size, run.config.cut.general_merges), run.tokenizer)
        return
    settings = run.config.tokenizer
    if settings is None:
        raise TrainingError("the configuration has no section tokenizer")
    generator.shuffle(documents)
    documents = documents[: settings.max_documents]
    save_tokenizer(train_tokenizer([*documents, *trusted * 20], layout, settings.vocab_size), run.tokenizer)


def fresh_base(run: Run) -> LlamaForCausalLM:
    """What `pretrain` begins with: random weights, or those cut out of a base of others."""
    encoder = run.encoder
    if run.config.cut is not None:
        cut = run.config.cut
        source = read_base(cut)
        if not isinstance(source, LlamaForCausalLM):
            raise TrainingError(f"{cut.source} is not of the architecture llama")
        ids = source_ids(read_tokenizer(cut).backend_tokenizer, encoder.trusted)
        return cut_model(source, ids, cut.layers, cut.context_length, encoder.end, encoder.padding)
    if run.config.model is None:
        raise TrainingError("the configuration lacks the section model")
    return build_base(run.config.model, encoder.trusted.get_vocab_size(), encoder.end, encoder.padding)


def language_documents(
    encoder: PromptEncoder, bodies: Sequence[str], plain: Sequence[str], random_answer_share: float, limit: int, generator: random.Random
) -> list[list[int]]:
    """Token sequences for language modelling.

    A share of the bodies is wrapped into full prompts answered with a uniformly random letter, independent of the
    content: the base learns that an answer is one of six letters and nothing about which.
    """
    documents: list[list[int]] = []
    for body in bodies:
        if generator.random() < random_answer_share:
            tokens = [*encoder.prompt(body), generator.choice(encoder.labels), encoder.end]
            if len(tokens) <= limit:
                documents.append(tokens)
        else:
            documents.append([*encoder.body(body), encoder.end][:limit])
    documents.extend([*encoder.body(text), encoder.end][:limit] for text in plain)
    return [document for document in documents if len(document) > 1]


def language_loss(
    model: LlamaForCausalLM,
    documents: Sequence[Sequence[int]],
    encoder: PromptEncoder,
    position_share: float,
    dtype: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """(next-token cross-entropy over a random share of the positions, cross-entropy of prompts' answers to the uniform one), nats."""
    inputs = pad(documents, encoder.padding)
    network = AnswerPass(model, dtype)
    hidden = network.states(inputs)[:, :-1]
    targets = inputs[:, 1:]
    lengths = torch.tensor([len(document) - 1 for document in documents])[:, None]
    positions = torch.arange(targets.shape[1])[None, :]
    counted = (positions < lengths) & (torch.rand(targets.shape) < position_share)
    language = torch.nn.functional.cross_entropy(network.head(hidden[counted]), targets[counted])
    answered = [index for index, document in enumerate(documents) if document[0] == encoder.prefix[0]]
    if not answered:
        return language, torch.zeros(())
    before_answer = [len(documents[index]) - 3 for index in answered]
    answers = torch.log_softmax(network.head(hidden[answered, before_answer]), dim=-1)
    return language, -answers[:, encoder.labels].mean()


def pretrain_stage(run: Run) -> None:
    """Trains the base and saves it, or saves the pretrained one."""
    if run.config.pretrained is not None:
        read_base(run.config.pretrained).save_pretrained(run.base)
        return
    generator = run.seed("pretrain")
    settings = run.config.pretrain
    if settings is None:
        raise TrainingError("the configuration lacks the section pretrain")
    encoder = run.encoder
    model = fresh_base(run)
    model.train()
    bodies = [row.body for row in run.split[0]]
    plain = plain_documents(run)
    documents = language_documents(encoder, bodies, plain, settings.random_answer_share, settings.block_tokens, generator)
    print(f"{model.num_parameters():,} parameters, {sum(map(len, documents)):,} tokens an epoch", flush=True)
    batches_an_epoch = len(length_buckets([len(document) for document in documents], settings.batch_tokens, random.Random(0)))
    schedule = Schedule(batches_an_epoch * settings.epochs // size(), settings.max_minutes)
    optimiser = Optimiser(model.parameters(), settings.learning_rate, 0.05, schedule)
    seen = 0
    with run.history("pretrain") as history:
        for _ in range(settings.epochs):
            documents = language_documents(encoder, bodies, plain, settings.random_answer_share, settings.block_tokens, generator)
            for batch in share(length_buckets([len(document) for document in documents], settings.batch_tokens, generator)):
                if schedule.finished:
                    break
                chosen = [documents[index] for index in batch]
                loss, form = language_loss(model, chosen, encoder, settings.position_share, run.dtype)
                norm = optimiser.step(loss + settings.answer_weight * form)
                seen += sum(map(len, chosen)) * size()
                if schedule.step % LOG_EVERY == 1:
                    history.log(schedule.step, loss=loss.item(), answer_loss=form.item(), lr=optimiser.learning_rate, grad_norm=norm, tokens=seen)
    model.eval()
    if is_first():
        model.save_pretrained(run.base)
    print(f"pretrained on {seen:,} tokens in {schedule.step} steps", flush=True)
