"""The forward pass of a Llama model for one answer: the same function as Transformers', in less time on a CPU.

All prompts share their prefix, so it runs once per batch (with its gradient); the last layer computes queries and its feed-forward
part at the answer positions alone; matrix products may run in bfloat16 while weights, residual stream, norms and softmax stay float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from peft import PeftModel
from peft.tuners.lora import Linear as LoraLinear
from torch import Tensor
from torch.nn import functional
from transformers import LlamaForCausalLM

from omniguard_training.model import answer_logits, causal, pad


@dataclass(frozen=True)
class Shape:
    """What the pass needs to know of a model."""

    heads: int
    key_heads: int
    head_size: int
    epsilon: float


def effective_weight(layer: torch.nn.Module) -> Tensor:
    """The matrix a linear layer multiplies with, its LoRA adapter added (there is no dropout, so the function is the same)."""
    if isinstance(layer, LoraLinear):
        weight = layer.base_layer.weight
        for name in layer.active_adapters:
            weight = weight + layer.scaling[name] * (layer.lora_B[name].weight @ layer.lora_A[name].weight)
        return weight
    return layer.weight


class AnswerPass:
    """One pass over one batch; make a new one after each change of the weights."""

    def __init__(self, model: LlamaForCausalLM, dtype: torch.dtype = torch.float32, dropout: float = 0.0) -> None:
        config = model.config
        self._model = model
        self._dtype = dtype
        self._dropout = dropout
        self._shape = Shape(
            heads=config.num_attention_heads,
            key_heads=config.num_key_value_heads,
            head_size=config.hidden_size // config.num_attention_heads,
            epsilon=config.rms_norm_eps,
        )
        self._base = float(config.rope_parameters["rope_theta"])
        self._cast: dict[int, Tensor] = {}

    def _linear(self, inputs: Tensor, layer: torch.nn.Module) -> Tensor:
        """(..., in) float32 to (..., out) float32."""
        weight = self._cast.get(id(layer))
        if weight is None:
            weight = effective_weight(layer).to(self._dtype)
            self._cast[id(layer)] = weight
        return functional.linear(inputs.to(self._dtype), weight).float()

    def _rotary(self, start: int, length: int) -> tuple[Tensor, Tensor]:
        half = torch.arange(0, self._shape.head_size, 2, dtype=torch.float32) / self._shape.head_size
        angles = torch.outer(torch.arange(start, start + length, dtype=torch.float32), self._base**-half)
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos(), angles.sin()

    def _rotate(self, states: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
        """(batch, heads, length, head size) with (length, head size) or (batch, 1, 1, head size) angles."""
        first, second = states.chunk(2, dim=-1)
        return states * rotary[0] + torch.cat((-second, first), dim=-1) * rotary[1]

    def _split(self, states: Tensor, heads: int) -> Tensor:
        return states.view(*states.shape[:-1], heads, self._shape.head_size).transpose(1, 2)

    def _keys(self, normed: Tensor, attention: torch.nn.Module, rotary: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        keys = self._rotate(self._split(self._linear(normed, attention.k_proj), self._shape.key_heads), rotary)
        return keys, self._split(self._linear(normed, attention.v_proj), self._shape.key_heads)

    def _queries(self, normed: Tensor, attention: torch.nn.Module, rotary: tuple[Tensor, Tensor]) -> Tensor:
        return self._rotate(self._split(self._linear(normed, attention.q_proj), self._shape.heads), rotary)

    def _attend(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
        if self._shape.key_heads != self._shape.heads:
            times = self._shape.heads // self._shape.key_heads
            keys, values = keys.repeat_interleave(times, dim=1), values.repeat_interleave(times, dim=1)
        out = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, is_causal=causal)
        return out.transpose(1, 2).flatten(2)

    def _norm(self, states: Tensor, layer: torch.nn.Module) -> Tensor:
        return functional.rms_norm(states, (states.shape[-1],), layer.weight, self._shape.epsilon)

    def _drop(self, states: Tensor) -> Tensor:
        return functional.dropout(states, self._dropout) if self._dropout > 0 else states

    def _feed_forward(self, hidden: Tensor, layer: torch.nn.Module) -> Tensor:
        normed = self._norm(hidden, layer.post_attention_layernorm)
        gate = functional.silu(self._linear(normed, layer.mlp.gate_proj))
        return hidden + self._drop(self._linear(gate * self._linear(normed, layer.mlp.up_proj), layer.mlp.down_proj))

    def states(self, tokens: Tensor) -> Tensor:
        """Normed final states at every position of a right-padded batch, (sequences, length, hidden size), for language modelling."""
        network = self._model.model
        hidden = self._drop(network.embed_tokens(tokens))
        rotary = self._rotary(0, tokens.shape[1])
        for layer in network.layers:
            attention = layer.self_attn
            normed = self._norm(hidden, layer.input_layernorm)
            keys, values = self._keys(normed, attention, rotary)
            mixed = self._attend(self._queries(normed, attention, rotary), keys, values, None, causal=True)
            hidden = self._feed_forward(hidden + self._drop(self._linear(mixed, attention.o_proj)), layer)
        return self._norm(hidden, network.norm)

    def head(self, states: Tensor) -> Tensor:
        """Vocabulary logits of normed states, (..., vocabulary)."""
        return self._linear(states, self._model.model.embed_tokens)

    def logits(self, prefix: Sequence[int], rests: Sequence[Sequence[int]], padding: int) -> Tensor:
        """Vocabulary logits at the last position of `prefix + rest` for each rest, (rests, vocabulary)."""
        network = self._model.model
        width, count, start = max(len(rest) for rest in rests), len(rests), len(prefix)
        last = torch.tensor([len(rest) - 1 for rest in rests])
        hidden = self._drop(network.embed_tokens(pad(rests, padding)))
        shared = network.embed_tokens(torch.tensor([list(prefix)])) if prefix else None
        shared_rotary, rotary = self._rotary(0, start), self._rotary(start, width)
        mask = torch.ones(width, start + width, dtype=torch.bool).tril(start)
        for index, layer in enumerate(network.layers):
            final = index == len(network.layers) - 1
            attention = layer.self_attn
            normed = self._norm(hidden, layer.input_layernorm)
            keys, values = self._keys(normed, attention, rotary)
            if shared is not None:
                shared_normed = self._norm(shared, layer.input_layernorm)
                shared_keys, shared_values = self._keys(shared_normed, attention, shared_rotary)
                keys = torch.cat((shared_keys.expand(count, -1, -1, -1), keys), dim=2)
                values = torch.cat((shared_values.expand(count, -1, -1, -1), values), dim=2)
                if not final:
                    mixed = self._attend(self._queries(shared_normed, attention, shared_rotary), shared_keys, shared_values, None, causal=True)
                    shared = self._feed_forward(shared + self._linear(mixed, attention.o_proj), layer)
            if final:
                rows = torch.arange(count)
                normed, hidden = normed[rows, last][:, None], hidden[rows, last][:, None]
                rotary = (rotary[0][last][:, None, None], rotary[1][last][:, None, None])
                mask = mask[last][:, None, None]
            mixed = self._attend(self._queries(normed, attention, rotary), keys, values, mask)
            hidden = self._feed_forward(hidden + self._drop(self._linear(mixed, attention.o_proj)), layer)
        return functional.linear(self._norm(hidden[:, 0], network.norm), network.embed_tokens.weight)


def answers(
    model: LlamaForCausalLM | PeftModel,
    prefix: Sequence[int],
    rests: Sequence[Sequence[int]],
    padding: int,
    dtype: torch.dtype = torch.float32,
    dropout: float = 0.0,
) -> Tensor:
    """`AnswerPass` where it knows the architecture, else the model's own forward pass; (rests, vocabulary) on the processor."""
    network = causal(model)
    if network.config.model_type == "llama" and network.device.type == "cpu" and not network.config.attention_bias:
        return AnswerPass(network, dtype, dropout).logits(prefix, rests, padding)
    with torch.autocast(network.device.type, dtype=dtype, enabled=dtype != torch.float32):
        return answer_logits(model, prefix, rests, padding)
