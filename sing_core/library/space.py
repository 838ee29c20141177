"""Vision-language spaces: pictures and texts as embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from sing_core.library.pictures import batches
from sing_core.networks import vision_language


@dataclass(frozen=True)
class Space:
    """An image-text model: where features are translated to."""

    network: vision_language.Space

    def images(self, pictures: Any, *, batch_size: int = 32) -> Float[np.ndarray, "n s"]:
        """Embed pictures (paths, Pillow images, arrays or a batch); n × space, not normalized."""
        some = batches(pictures, self.network.transform, batch_size)
        return np.concatenate([self.network.features(batch) for batch in some])

    def texts(
        self, phrases: Sequence[str] | str, *, prompt: str = "an image of {}"
    ) -> Float[np.ndarray, "k s"]:
        """Embed phrases (k × space, unit length), each put into the prompt's ``{}``.

        Raises
        ------
        ValueError
            If there is no phrase.
        """
        names = [phrases] if isinstance(phrases, str) else list(phrases)
        if not names:
            raise ValueError("there are no phrases; need one at least")
        return self.network.embed_texts(names, (prompt,))


def space(
    model: str, pretrained: str | None = None, *, checkpoint: Path | str | None = None
) -> Space:
    """Load an open_clip model.

    Parameters
    ----------
    model, pretrained
        open_clip's name and tag (``"ViT-L-14", "openai"``), or ``local-dir:FOLDER`` or
        ``hf-hub:REPOSITORY`` alone.
    checkpoint
        Weights of that model in a file.

    Raises
    ------
    BadWeightsError
        If open_clip cannot load it.

    Examples
    --------
    >>> import sing_core as sing
    >>> clip = sing.space("ViT-L-14", "openai")  # doctest: +SKIP
    >>> clip.texts(["a dog", "the sea"]).shape  # doctest: +SKIP
    (2, 768)
    """
    path = None if checkpoint is None else Path(checkpoint)
    return Space(vision_language.load_space(model, pretrained, path))
