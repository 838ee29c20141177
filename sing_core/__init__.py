"""The mathematics of SING, with its adapters to timm and open_clip.

Start with :mod:`sing_core.geometry.null_space`, then follow a feature through
:mod:`~sing_core.geometry.equivalent_pairs`, :mod:`~sing_core.geometry.translator`
and :mod:`~sing_core.scores.pairs`.
"""
