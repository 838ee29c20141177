"""A tiny UnCLIP pipeline of random weights, over the test world's space."""

from pathlib import Path
from typing import get_type_hints

import torch

from tests.support.world import CLIP

#: As wide as the test world's space.
WIDTH = CLIP["model_cfg"]["embed_dim"]


def save(folder: Path) -> Path:
    """Save it as the real one is saved: a folder a part."""
    from diffusers import (
        UnCLIPImageVariationPipeline,
        UnCLIPScheduler,
        UNet2DConditionModel,
        UNet2DModel,
    )
    from transformers import (
        CLIPImageProcessor,
        CLIPTextConfig,
        CLIPTextModelWithProjection,
        CLIPTokenizer,
        CLIPVisionConfig,
        CLIPVisionModelWithProjection,
    )

    torch.manual_seed(0)
    small = {
        "hidden_size": WIDTH, "intermediate_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "projection_dim": WIDTH,
    }  # fmt: skip
    unet = {"block_out_channels": (8, 16), "layers_per_block": 1, "attention_head_dim": 4}
    text_proj = get_type_hints(UnCLIPImageVariationPipeline.__init__)["text_proj"]
    words = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2}

    def super_resolution():
        return UNet2DModel(
            sample_size=16, in_channels=6, out_channels=3, norm_num_groups=4,
            down_block_types=("ResnetDownsampleBlock2D",) * 2,
            up_block_types=("ResnetUpsampleBlock2D",) * 2, **unet,
        )  # fmt: skip

    pipeline = UnCLIPImageVariationPipeline(
        decoder=UNet2DConditionModel(
            sample_size=8, in_channels=3, out_channels=6, norm_num_groups=4,
            down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
            up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
            mid_block_type="UNetMidBlock2DSimpleCrossAttn", cross_attention_dim=16,
            resnet_time_scale_shift="scale_shift", class_embed_type="identity", **unet,
        ),
        text_encoder=CLIPTextModelWithProjection(
            CLIPTextConfig(
                vocab_size=3, max_position_embeddings=8, bos_token_id=0, eos_token_id=1,
                pad_token_id=1, **small,
            )
        ),
        tokenizer=CLIPTokenizer(vocab=words, merges=[], model_max_length=8),
        text_proj=text_proj(clip_embeddings_dim=WIDTH, time_embed_dim=32, cross_attention_dim=16),
        feature_extractor=CLIPImageProcessor(crop_size=16, size=16),
        image_encoder=CLIPVisionModelWithProjection(
            CLIPVisionConfig(image_size=16, patch_size=8, **small)
        ),
        super_res_first=super_resolution(),
        super_res_last=super_resolution(),
        decoder_scheduler=UnCLIPScheduler(variance_type="learned_range"),
        super_res_scheduler=UnCLIPScheduler(variance_type="fixed_small_log"),
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder
