"""Adapter to open_clip: image and text embeddings of a vision-language space."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from jaxtyping import Float
from torch import nn

from sing_core.geometry.angles import unit
from sing_core.machine.device import device
from sing_core.networks.prompts import prompts
from sing_core.networks.weights import BadWeightsError, tensors_digest

#: Texts embedded at once: bounds the memory for vocabularies of any size.
_TEXT_BATCH = 256


class TooLongTextError(ValueError):
    """A text of which the space would not read the end."""

    exit_code = 2


@dataclass(frozen=True)
class Space:
    """A vision-language model, ready to embed pictures and texts.

    Attributes
    ----------
    transform, preprocessing
        From an RGB picture to the model's input, and the same in words.
    """

    module: nn.Module
    tokenizer: Callable[[list[str]], torch.Tensor]
    transform: Callable[[Any], torch.Tensor]
    preprocessing: str
    weights_sha256: str

    def features(self, batch: torch.Tensor) -> Float[np.ndarray, "n s"]:
        """Image features of a batch as the model gives them, not normalized, float32."""
        with torch.inference_mode():
            return self.module.encode_image(batch).float().cpu().numpy()  # type: ignore[operator]

    def embed_texts(self, names: list[str], templates: tuple[str, ...]) -> Float[np.ndarray, "n s"]:
        """Unit text embedding of each name, float64.

        Every template's embedding is normalized, they are averaged, and the
        average is normalized again (angles do not notice the last step).

        Raises
        ------
        TooLongTextError
            If the space would not read all of a text.
        """
        texts = prompts(templates, names)
        parts = []
        for start in range(0, len(texts), _TEXT_BATCH):
            tokens = self._tokens(texts[start : start + _TEXT_BATCH]).to(device())
            with torch.inference_mode():
                parts.append(self.module.encode_text(tokens).double().cpu().numpy())  # type: ignore[operator]
        embedded = unit(np.concatenate(parts)).reshape(len(names), len(templates), -1)
        return unit(embedded.mean(axis=1))

    def _tokens(self, texts: list[str]) -> torch.Tensor:
        tokens: torch.Tensor = self.tokenizer(texts)
        # A tokenizer cuts in silence. Where one more word makes no difference, it did.
        longer = self.tokenizer([f"{text} more" for text in texts])
        for text, cut in zip(texts, (tokens == longer).all(dim=1).tolist(), strict=True):
            if cut:
                raise TooLongTextError(
                    f"the text {text!r} is longer than the {tokens.shape[1]} tokens that the space "
                    "reads; what is beyond would be ignored: shorten it"
                )
        return tokens


def load_space(model: str, pretrained: str | None = None) -> Space:
    """Load an open_clip model: a known name with a tag, or ``local-dir:FOLDER``.

    Raises
    ------
    BadWeightsError
        If open_clip cannot load it.
    """
    try:
        # This function, unlike its siblings, refuses to go on with random weights.
        module, transform = open_clip.create_model_from_pretrained(
            model,
            pretrained=pretrained,
            weights_only=True,
            force_quick_gelu=needs_quick_gelu(model, pretrained),
        )
        tokenizer = open_clip.get_tokenizer(model)
    except Exception as error:  # open_clip raises whatever its loaders do
        words = " ".join(str(error).split())[:300]
        raise BadWeightsError(f"the space {model!r} cannot be loaded: {words}") from error
    module = module.float().eval().to(device())
    return Space(
        module=module,
        tokenizer=tokenizer,
        transform=transform,
        preprocessing=" ".join(str(transform).split()),
        weights_sha256=tensors_digest(module.state_dict()),
    )


def needs_quick_gelu(model: str, pretrained: str | None) -> bool:
    """Whether weights were trained with another activation than the model's name stands for.

    OpenAI's were: under the plain names (``ViT-L-14``) open_clip warns, and
    computes embeddings that are not CLIP's.
    """
    if pretrained is None:
        return False
    tag = open_clip.get_pretrained_cfg(model, pretrained) or {}
    config = open_clip.get_model_config(model) or {}
    return bool(tag.get("quick_gelu")) and not config.get("quick_gelu")


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a local model's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()
