"""What gives vectors of every picture: each model of a study, and its space."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from flows.features.prepared_model import PreparedModel
from flows.features.stored_vectors import Vectors, embeddings_of, features_of
from flows.features.texts import Texts
from flows.pictures.manifest import Manifest
from flows.study.model import Model
from flows.study.space import Space
from flows.study.study import Study
from sing_core.files.arrays import ArrayFile
from sing_core.networks.geometry import Geometry, Values
from sing_core.networks.precision import Precision
from warehouse.layout import DataRoot


class ExtractionError(RuntimeError):
    """Features that cannot be stored."""


@dataclass
class Network:
    """A loaded network: from an RGB picture to pixels, from pixels to its input, to vectors.

    Attributes
    ----------
    vectors
        From its input, (n, c, h, w) float32, to vectors (n, width) on the same device.
    module
        What computes them.
    precision
        What it computes in.
    at_most
        Pictures that memory suffices for at once, as far as is known.
    """

    name: str
    geometry: Geometry
    values: Values
    vectors: Callable[[torch.Tensor], torch.Tensor]
    width: int
    module: nn.Module | None = None
    precision: Precision = "float32"
    at_most: int = 2**20


@dataclass(frozen=True)
class Source:
    """A model's features, or the space's embeddings.

    Attributes
    ----------
    name
        The model's or the space's.
    vectors
        Where they are stored.
    array, proven
        The file that gives them in place of a network, and the digest of what was
        prepared; of a network, None and what stands for its forward pass.
    load
        Load the network.
    """

    name: str
    vectors: Vectors
    array: ArrayFile | None
    proven: str
    load: Callable[[], Network]


def sources_of(
    study: Study,
    manifest: Manifest,
    models: list[PreparedModel],
    texts: Texts | None,
    root: DataRoot,
) -> list[Source]:
    """The features of prepared models over these pictures, and with ``texts`` the embeddings."""
    asked = {model.id: model for model in study.models}
    sources = [
        Source(
            name=model.id,
            vectors=features_of(model, manifest, root),
            array=asked[model.id].features,
            proven=model.forward,
            load=partial(_model, asked[model.id], model),
        )
        for model in models
    ]
    if texts is not None:
        space = Source(
            name=study.space.name,
            vectors=embeddings_of(study, texts, manifest, root),
            array=study.space.embeddings,
            proven=texts.forward,
            load=partial(_space, study.space, texts, texts.width),
        )
        sources.append(space)
    return sources


def _model(asked: Model, prepared: PreparedModel) -> Network:
    from flows.features.networks import load_model
    from sing_core.networks.preprocessing import in_two

    backbone = load_model(asked)
    _require_same_weights(prepared.id, prepared.weights_sha256, backbone.weights_sha256)
    parts = in_two(backbone.transform)
    width, precision = backbone.n_features, prepared.precision
    return Network(prepared.id, *parts, backbone.vectors, width, backbone.module, precision)


def _space(asked: Space, texts: Texts, width: int) -> Network:
    from flows.features.networks import load_space
    from sing_core.networks.preprocessing import in_two

    space = load_space(asked)
    _require_same_weights(asked.name, texts.weights_sha256, space.weights_sha256)
    parts = in_two(space.transform)
    return Network(asked.name, *parts, space.vectors, width, space.module, texts.precision)


def _require_same_weights(name: str, proven: str, loaded: str) -> None:
    if loaded != proven:
        raise ExtractionError(
            f"the weights of {name} are not those that were prepared: they changed while the run "
            "was going, or a hub's tag names other weights than it did; run the study again, "
            "for a tag after removing its file from heads or texts in the data root"
        )
