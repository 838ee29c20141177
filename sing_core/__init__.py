"""What an image classifier's last layer cannot see, in words and degrees.

    import sing_core as sing

    net, space = sing.backbone("resnet50.a1_in1k"), sing.space("ViT-L-14", "openai")
    features = sing.features(net, paths)
    translator = sing.fit_translator(features, space.images(paths))
    scores = sing.score_pairs(sing.remove_null(features, net.head), translator,
                              space.texts(["a dog", "the sea"]))

docs/api.md has every name with an example. Names are loaded when they are asked
for: importing this takes no network library along.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sing_core.library.backbone import Backbone, backbone, features, from_module
    from sing_core.library.head import Head, decompose_head
    from sing_core.library.pairs import Pairs, Scores, remove_null, score_pairs
    from sing_core.library.space import Space, space
    from sing_core.library.steering import Moved, steer
    from sing_core.library.translator import Translator, fit_translator

#: Where each public name is, in the order of the documentation.
_HOME = {
    "decompose_head": "head",
    "Head": "head",
    "fit_translator": "translator",
    "Translator": "translator",
    "remove_null": "pairs",
    "Pairs": "pairs",
    "score_pairs": "pairs",
    "Scores": "pairs",
    "steer": "steering",
    "Moved": "steering",
    "backbone": "backbone",
    "from_module": "backbone",
    "features": "backbone",
    "Backbone": "backbone",
    "space": "space",
    "Space": "space",
}

__all__ = [
    "Backbone", "Head", "Moved", "Pairs", "Scores", "Space", "Translator", "backbone",
    "decompose_head", "features", "fit_translator", "from_module", "remove_null", "score_pairs",
    "space", "steer",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sing_core' has no attribute {name!r}")
    found = getattr(import_module(f"sing_core.library.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
