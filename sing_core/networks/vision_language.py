"""Adapter to open_clip: image and text embeddings of a vision-language space."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from huggingface_hub import hf_hub_download
from jaxtyping import Float
from torch import nn

from sing_core.geometry.angles import unit
from sing_core.machine.device import device
from sing_core.networks.prompts import prompts
from sing_core.networks.spaces import needs_quick_gelu
from sing_core.networks.weights import BadWeightsError, tensors_digest

#: Texts embedded at once: bounds the memory for vocabularies of any size.
_TEXT_BATCH = 256

#: How the names of files begin of which at least one makes a tokenizer.
_TOKENIZER_FILES = ("tokenizer", "vocab", "spiece", "sentencepiece")


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
    tokenizer: Callable[..., torch.Tensor]
    transform: Callable[[Any], torch.Tensor]
    preprocessing: str
    weights_sha256: str

    def vectors(self, batch: torch.Tensor) -> torch.Tensor:
        """Image features of a batch, (n, s) on its device, as the model gives them."""
        # open_clip's CoCa normalizes if it is not told.
        found: torch.Tensor = self.module.encode_image(batch, normalize=False)  # type: ignore[operator]
        return found

    def features(self, batch: torch.Tensor) -> Float[np.ndarray, "n s"]:
        """The same in memory, float32."""
        with torch.inference_mode():
            features: np.ndarray = self.vectors(batch).float().cpu().numpy()
        return features

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
        # A tokenizer cuts in silence. A text is cut if it fills even one token more than there is
        # room for, so that one more word makes no difference there.
        room = tokens.shape[1] + 1
        filled = self.tokenizer(texts, context_length=room)
        longer = self.tokenizer([f"{text} more" for text in texts], context_length=room)
        for text, cut in zip(texts, (filled == longer).all(dim=1).tolist(), strict=True):
            if cut:
                raise TooLongTextError(
                    f"the text {text!r} is longer than the {tokens.shape[1]} tokens that the space "
                    "reads; what is beyond would be ignored: shorten it"
                )
        return tokens


def load_space(model: str, pretrained: str | None = None, checkpoint: Path | None = None) -> Space:
    """Load an open_clip model: a known name with a tag or a file of weights, or one with its own.

    Parameters
    ----------
    model
        open_clip's name, or ``local-dir:FOLDER`` or ``hf-hub:REPOSITORY``.

    Raises
    ------
    BadWeightsError
        If open_clip cannot load it.
    """
    if model.startswith("local-dir:"):
        _require_whole(Path(model.removeprefix("local-dir:")))
    try:
        # This function, unlike its siblings, refuses to go on with random weights.
        module, transform = open_clip.create_model_from_pretrained(
            model,
            pretrained=str(checkpoint) if checkpoint else pretrained,
            weights_only=True,
            force_quick_gelu=needs_quick_gelu(model, pretrained),
            **(_preprocessing_of_tags(model) if checkpoint else {}),
        )
        tokenizer = _tokenizer(model)
    except Exception as error:  # open_clip raises whatever its loaders do
        words = " ".join(str(error).split())[:300]
        what = f"{model!r} with {checkpoint}" if checkpoint else repr(model)
        raise BadWeightsError(f"the space {what} cannot be loaded: {words}") from error
    module = module.float().eval().to(device())
    return Space(
        module=module,
        tokenizer=tokenizer,
        transform=transform,
        preprocessing=" ".join(str(transform).split()),
        weights_sha256=tensors_digest(module.state_dict()),
    )


def _tokenizer(model: str) -> Callable[..., torch.Tensor]:
    """The model's tokenizer, also where a hub's cache holds the tokenizer's files and no more."""
    try:
        made: Callable[..., torch.Tensor] = open_clip.get_tokenizer(model)
    except ImportError as error:
        raise ImportError(
            "its tokenizer needs the package transformers: pip install "
            "'sing-null-space[tokenizers]'"
        ) from error
    except OSError as error:
        text = (open_clip.get_model_config(model) or {}).get("text_cfg", {})
        name = text.get("hf_tokenizer_name")
        if not name or model.startswith("local-dir:"):
            raise
        try:
            # transformers wants a config.json beside, which it does not need.
            folder = Path(hf_hub_download(name, "tokenizer_config.json")).parent
        except OSError:
            raise OSError(f"its tokenizer {name} cannot be fetched: {error}") from error
        made = open_clip.tokenizer.HFTokenizer(
            str(folder),
            context_length=text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH),
            tokenizer_mode=text.get("tokenizer_mode"),
            **text.get("tokenizer_kwargs", {}),
        )
    return made


def _preprocessing_of_tags(model: str) -> dict[str, Any]:
    """What all published weights of a model agree on; of a file of weights alone nobody says."""
    tags = [
        open_clip.get_pretrained_cfg(model, tag)
        for tag in open_clip.list_pretrained_tags_by_model(model)
    ]
    agreed = {}
    for key in ("mean", "std", "interpolation", "resize_mode"):
        values = [tag.get(key) for tag in tags]
        if values and values[0] is not None and all(value == values[0] for value in values):
            agreed[f"image_{key}"] = values[0]
    return agreed


def _require_whole(folder: Path) -> None:
    """Require what open_clip would wait for, or be unclear about, where a folder lacks it."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in paths:
        if not (path.is_file() or path.is_dir()):
            raise BadWeightsError(f"{path} is not a regular file; need the files of a model")
    try:
        config = open_clip.get_model_config(f"local-dir:{folder}") or {}
        tokenizer = config.get("text_cfg", {}).get("hf_tokenizer_name")
    except (OSError, ValueError, AttributeError):
        return  # loading tells what is wrong with it
    if tokenizer and not any(path.name.startswith(_TOKENIZER_FILES) for path in paths):
        raise BadWeightsError(
            f"{folder} needs the tokenizer {tokenizer} and holds none; put its files there "
            "(tokenizer.json and tokenizer_config.json)"
        )
