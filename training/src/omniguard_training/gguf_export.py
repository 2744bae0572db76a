"""Stage `export`: Hugging Face Llama weights to GGUF, as llama.cpp's own converter lays them out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, LlamaFileType, TokenType
from gguf.quants import quantize
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from omniguard_training.config import ExportConfig
from omniguard_training.errors import TrainingError
from omniguard_training.model import load_base
from omniguard_training.run import Run
from omniguard_training.tokenizer import END_OF_TEXT, PADDING

LAYER_TENSORS = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FILE_TYPES = {
    "Q4_0": (GGMLQuantizationType.Q4_0, LlamaFileType.MOSTLY_Q4_0),
    "Q5_0": (GGMLQuantizationType.Q5_0, LlamaFileType.MOSTLY_Q5_0),
    "Q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
    "F32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32),
}


def permute(weights: np.ndarray, heads: int) -> np.ndarray:
    """Reorders the rows of a query or key projection from Transformers' half-split rotary layout to llama.cpp's interleaved one."""
    rows = weights.shape[0]
    return weights.reshape(heads, 2, rows // heads // 2, -1).swapaxes(1, 2).reshape(weights.shape)


def unpermute(weights: np.ndarray, heads: int) -> np.ndarray:
    """The inverse of `permute`."""
    rows = weights.shape[0]
    return weights.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(weights.shape)


def tensor_name(name: str) -> str:
    """GGUF's name of a Transformers Llama tensor. Raises TrainingError for one that llama.cpp would not know."""
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    parts = name.split(".")
    inner = ".".join(parts[3:-1])
    if parts[:2] != ["model", "layers"] or inner not in LAYER_TENSORS:
        raise TrainingError(f"no GGUF name for the tensor {name}")
    return f"blk.{parts[2]}.{LAYER_TENSORS[inner]}.{parts[-1]}"


def pre_tokenizer_name(tokenizer: Tokenizer) -> str:
    """llama.cpp's name of how text is cut before the merges. Raises TrainingError for a way it is not known here."""
    settings = json.loads(tokenizer.to_str())["pre_tokenizer"] or {}
    kinds = [part["type"] for part in settings.get("pretokenizers", [settings])]
    match kinds:
        case ["ByteLevel"]:
            return "gpt-2"
        case ["Digits", "ByteLevel"]:
            return "smollm"
        case _:
            raise TrainingError(f"no llama.cpp name is known for the pre-tokeniser {kinds}")


def _write_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer, size: int) -> None:
    special = {index for index, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    tokens: list[str] = []
    types: list[int] = []
    for index in range(size):
        token = tokenizer.id_to_token(index)
        if token is None:
            raise TrainingError(f"the vocabulary has no token {index}")
        tokens.append(token)
        types.append(TokenType.CONTROL if index in special else TokenType.NORMAL)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer_name(tokenizer))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    end = tokenizer.token_to_id(END_OF_TEXT)
    padding = tokenizer.token_to_id(PADDING)
    writer.add_bos_token_id(end)
    writer.add_eos_token_id(end)
    writer.add_pad_token_id(end if padding is None else padding)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def write_gguf(model: LlamaForCausalLM, tokenizer: Tokenizer, target: Path, name: str, types: ExportConfig) -> None:
    """Writes one file: matrices in the types asked for, norms in F32, embeddings tied."""
    config = model.config
    if config.model_type != "llama":
        raise TrainingError(f"this writes the architecture llama; convert a {config.model_type} model with llama.cpp's own converter")
    layer_type, file_type = FILE_TYPES[types.quantization]
    embedding_type, _ = FILE_TYPES[types.embeddings]
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_name(name)
    writer.add_file_type(file_type)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    _write_vocabulary(writer, tokenizer, config.vocab_size)
    for key, tensor in model.state_dict().items():
        if key == "lm_head.weight":
            continue
        data = tensor.detach().to(torch.float32).numpy()
        if key.endswith("q_proj.weight"):
            data = permute(data, config.num_attention_heads)
        elif key.endswith("k_proj.weight"):
            data = permute(data, config.num_key_value_heads)
        tensor_type = embedding_type if key == "model.embed_tokens.weight" else layer_type
        if data.ndim == 1 or tensor_type is GGMLQuantizationType.F32:
            writer.add_tensor(tensor_name(key), data)
        else:
            writer.add_tensor(tensor_name(key), quantize(data, tensor_type), raw_dtype=tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def export_stage(run: Run) -> None:
    """Writes nano-base.gguf and nano-omniguard.gguf (named after the run) and checks their size."""
    for suffix, directory in (("base", run.base), ("omniguard", run.merged)):
        target = run.exports / f"{run.config.run}-{suffix}.gguf"
        write_gguf(load_base(directory), run.encoder.trusted, target, f"OmniGuard {run.config.run} {suffix}", run.config.export)
        if target.stat().st_size > run.config.export.max_bytes:
            raise TrainingError(f"{target.name} has {target.stat().st_size:,} bytes, more than {run.config.export.max_bytes:,}")
        print(f"{target.name}: {target.stat().st_size:,} bytes, sha256 {sha256_of(target)}", flush=True)
