"""How many vectors models compute."""


def count_features(monkeypatch):
    """Count the vectors that models compute from now on, by kind."""
    from sing_core.networks.backbones import Backbone
    from sing_core.networks.vision_language import Space

    seen = {}
    for owner, kind in ((Backbone, "features"), (Space, "embeddings")):
        real = owner.vectors

        def counting(self, batch, real=real, kind=kind):
            seen[kind] = seen.get(kind, 0) + len(batch)
            return real(self, batch)

        monkeypatch.setattr(owner, "vectors", counting)
    return seen
