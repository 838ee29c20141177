"""Pictures of embeddings, by an UnCLIP decoder: what a feature and its equivalent look like.

An illustration. Every score is of logits and embeddings; a decoder adds its own
imagination, and no number comes from here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image

from sing_core.machine.device import device

#: Karlo: decodes image embeddings of OpenAI's CLIP ViT-L/14, as the paper does.
KARLO = "kakaobrain/karlo-v1-alpha-image-variations"

#: The paper's settings (section 3.8).
DECODER_STEPS = 25
SUPER_RES_STEPS = 7
GUIDANCE = 8.0
SEED = 42


class SynthesisError(RuntimeError):
    """No decoder, or one that does not know the space."""

    exit_code = 2


@dataclass(frozen=True)
class Decoder:
    """An UnCLIP pipeline, ready to draw."""

    pipeline: Any

    @property
    def width(self) -> int:
        """How long the embeddings are that it decodes."""
        return int(self.pipeline.text_proj.config.clip_embeddings_dim)

    def draw(self, embedding: Float[np.ndarray, " s"], seed: int = SEED) -> Image.Image:
        """Draw one embedding, as long as the space's model gives it.

        The same seed is the same noise, in both stages and at every step, so
        that two pictures differ by their embeddings alone.

        Raises
        ------
        SynthesisError
            If the decoder is of another space.
        """
        if len(embedding) != self.width:
            raise SynthesisError(
                f"the decoder takes embeddings of {self.width} values and these have "
                f"{len(embedding)}; Karlo decodes the space ViT-L-14 with pretrained = openai"
            )
        drawn = self.pipeline(
            # By itself: in a batch, every picture would have noise of its own.
            image_embeddings=torch.from_numpy(embedding[None].astype(np.float32)).to(device()),
            decoder_num_inference_steps=DECODER_STEPS,
            super_res_num_inference_steps=SUPER_RES_STEPS,
            decoder_guidance_scale=GUIDANCE,
            # On the CPU: a GPU's generator gives other noise.
            generator=torch.Generator().manual_seed(seed),
        )
        picture: Image.Image = drawn.images[0]
        return picture


def load_decoder(place: str | Path = KARLO) -> Decoder:
    """Load an UnCLIP image-variation pipeline: a folder, or a name on the Hugging Face hub.

    Raises
    ------
    SynthesisError
        If the extra is not installed, or there is no such pipeline.
    """
    try:
        from diffusers import UnCLIPImageVariationPipeline
    except (ImportError, RuntimeError) as error:  # diffusers raises either where a part is missing
        raise SynthesisError(
            "drawing embeddings needs diffusers and transformers; install them with "
            "pip install 'sing-null-space[synthesis]'"
        ) from error
    # Part by part: the pipeline's own from_pretrained no longer finds its text_proj (0.42).
    kinds = get_type_hints(UnCLIPImageVariationPipeline.__init__)
    try:
        parts = {
            name: kind.from_pretrained(str(place), subfolder=name)
            for name, kind in kinds.items()
            if name != "return"
        }
        pipeline = UnCLIPImageVariationPipeline(**parts)
    except Exception as error:  # diffusers raises whatever its loaders do
        words = " ".join(str(error).split())[:200]
        raise SynthesisError(f"the decoder {place} cannot be loaded: {words}") from error
    pipeline.set_progress_bar_config(disable=True)
    return Decoder(pipeline.to(device()))


def match_norm(
    equivalents: Float[np.ndarray, "n s"], originals: Float[np.ndarray, "n s"]
) -> Float[np.ndarray, "n s"]:
    """Scale each equivalent to its original's length: a decoder reads length as contrast.

    References
    ----------
    SING, equation 19.
    """
    lengths = np.linalg.norm(originals, axis=1) / np.linalg.norm(equivalents, axis=1)
    return equivalents * lengths[:, None]
