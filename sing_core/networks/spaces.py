"""What is known of a space without open_clip, or only with it: importing that takes seconds."""

import json

from sing_core.networks.model_folders import HUB, folder_of

#: In the folder of a local model.
SPACE_CONFIG = "open_clip_config.json"


def needs_quick_gelu(model: str, pretrained: str | None) -> bool:
    """Whether weights were trained with another activation than the model's name stands for.

    OpenAI's were: under the plain names (``ViT-L-14``) open_clip warns, and
    computes embeddings that are not CLIP's.
    """
    if pretrained is None:
        return False
    import open_clip

    tag = open_clip.get_pretrained_cfg(model, pretrained) or {}
    config = open_clip.get_model_config(model) or {}
    return bool(tag.get("quick_gelu")) and not config.get("quick_gelu")


def was_normalized(model: str) -> bool:
    """Whether a model's image features were once stored normalized, as open_clip's CoCa gives them.

    Digests of such a model say that they are so no more.
    """
    if model.startswith(HUB):
        return False  # never stored so, and its configuration may need a download
    folder = folder_of(model)
    if folder is None:
        import open_clip

        return "multimodal_cfg" in (open_clip.get_model_config(model) or {})
    try:
        return "multimodal_cfg" in json.loads((folder / SPACE_CONFIG).read_bytes())["model_cfg"]
    except (OSError, ValueError, KeyError, TypeError):
        return False  # loading tells what is wrong with it
