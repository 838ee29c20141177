import pytest

from flows import cli
from flows.made_world import demo, validate
from flows.made_world.changed_scenes import Pairs
from flows.made_world.train_networks import train
from tests.flows.made_world.recipe import TINY
from warehouse.layout import DataRoot


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies")
    train(folder / "shapes", TINY)
    text = demo.STUDY.read_text().replace("n = 10000", "n = 320")
    kept = [part for part in text.split("[[models]]") if 'id = "' in part]
    kept = [part for part in kept if any(f'id = "{r.name}"' in part for r in TINY.regimes)]
    head = text.split("[[models]]")[0]
    text = head + "".join(f"[[models]]{part}" for part in kept)
    (folder / "demo.toml").write_text(text + "\n[analysis]\nbootstrap_draws = 100\n")
    return folder


#: Fewer scenes than a study changes.
N_PAIRS = 200


@pytest.fixture(scope="session")
def pairs():
    """The scenes that are changed; drawn once, because that is what takes the time."""
    return Pairs.draw(N_PAIRS)


@pytest.fixture(scope="session")
def validated(trained, pairs):
    root = DataRoot(trained / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validate, "N_PAIRS", N_PAIRS)
        patch.setattr(Pairs, "draw", lambda *asked: {(N_PAIRS, 0.0): pairs}[asked])
        code = cli.command(["validate", str(trained / "demo.toml"), "--data", str(root.path)])
    assert code == 0
    return root
