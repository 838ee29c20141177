"""Adapters to timm, open_clip and diffusers."""
