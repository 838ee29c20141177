"""Image-text models of random weights in other forms than the usual small one's."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from tests.support.world import CLIP

_WORDS = ("</s>", "<pad>", "<unk>", "an", "image", "of", "a", "owl", "apple", "more", "fish")

#: As SigLIP: a tokenizer of its own by a hub's name, texts read in both directions.
SIGLIP = {
    "model_cfg": {
        "embed_dim": 24,
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": CLIP["model_cfg"]["vision_cfg"],
        "text_cfg": {
            "context_length": 8, "vocab_size": len(_WORDS), "width": 16, "heads": 2, "layers": 1,
            "hf_tokenizer_name": "someone/tokens", "tokenizer_kwargs": {"clean": "canonicalize"},
            "no_causal_mask": True, "proj_bias": True, "pool_type": "last",
        },
    },
    "preprocess_cfg": {
        "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "interpolation": "bicubic",
        "resize_mode": "squash",
    },
}  # fmt: skip

COCA = {
    "model_cfg": {
        "embed_dim": 24,
        "custom_text": True,
        "vision_cfg": {
            **CLIP["model_cfg"]["vision_cfg"], "output_tokens": True, "attentional_pool": True,
            "attn_pooler_heads": 2,
        },
        "text_cfg": {
            **CLIP["model_cfg"]["text_cfg"], "context_length": 15, "embed_cls": True,
            "output_tokens": True,
        },
        "multimodal_cfg": {
            "width": 24, "context_length": 15, "vocab_size": 49408, "layers": 1, "heads": 2,
        },
    },
    "preprocess_cfg": CLIP["preprocess_cfg"],
}  # fmt: skip


def save(folder: Path, config: dict, seed: int = 3) -> None:
    """Save a model of random weights in open_clip's form, without a tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(seed)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")


def save_tokenizer(folder: Path) -> None:
    """Save a tokenizer of a few whole words, which ends texts and fills them up."""
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(_WORDS)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 0)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(folder)


def register(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make the usual small model one that open_clip knows by name, with tags nobody has fetched.

    They agree on preprocessing but for the mean.
    """
    tags = {
        "one": {"mean": (0.1,) * 3, "std": (0.5,) * 3, "resize_mode": "squash"},
        "two": {"mean": (0.2,) * 3, "std": (0.5,) * 3, "resize_mode": "squash"},
    }
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, name, CLIP["model_cfg"])
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, name, tags)
