"""The mathematics of SING, with its two adapters to timm and open_clip.

Start with :mod:`sing_core.null_space`, then follow a feature through
:mod:`~sing_core.equivalent_pairs`, :mod:`~sing_core.translator` and
:mod:`~sing_core.scores`.
"""
