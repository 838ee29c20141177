"""Checkpoints of timm's small models, and pictures for them."""

import numpy as np
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from sing_core.networks.backbones import Backbone


def pictures(backbone: Backbone, n=3):
    rng = np.random.default_rng(1)
    drawn = [Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8)) for _ in range(n)]
    return torch.stack([backbone.transform(picture) for picture in drawn])


def checkpoint(path, name, seed=0, **args):
    torch.manual_seed(seed)
    model = timm.create_model(name, **args)
    # Fresh heads are near zero; real ones are not.
    for parameter in model.get_classifier().parameters():
        torch.nn.init.normal_(parameter)
    save_file(model.state_dict(), path)
    return path
