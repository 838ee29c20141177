"""Draw the made world's scenes into the data root, with a list of what each picture shows."""

from pathlib import Path

import polars as pl
from PIL import Image

from flows.study.images import Shapes
from flows.terminal.progress import progress
from sing_core.shapes.captions import group, phrase
from sing_core.shapes.renderer import RENDERER_VERSION, render
from sing_core.shapes.scenes import ATTRIBUTES, Scene
from sing_core.shapes.scenes import draw_scenes as scenes_of
from warehouse.digests import digest
from warehouse.files import whole_folder
from warehouse.layout import DataRoot

#: Beside the class folders: every scene's description, one a row.
SCENES = "scenes.parquet"

#: Scenes of each class that are the first: as many as a head is proven on.
_FIRST = 8


def drawn(shapes: Shapes, root: DataRoot) -> Path:
    """The folder that a study's scenes are drawn into."""
    return root.pictures / f"shapes-{digest([shapes.n, shapes.seed, RENDERER_VERSION])}"


def draw_scenes(shapes: Shapes, root: DataRoot) -> None:
    """Draw a study's scenes as an image folder; at once where that was done before."""
    folder = drawn(shapes, root)
    if not folder.exists():
        _draw(_named(shapes), folder)


def draw_first_scenes(shapes: Shapes, root: DataRoot) -> None:
    """Draw the first scenes of each class alone: for what needs to look at a few pictures.

    They are those that come first among all, so what is found on them is found again.
    """
    named = _named(shapes)
    first = {
        name: named[name]
        for shape in ATTRIBUTES["shape"]
        for name in sorted(n for n in named if n.startswith(f"{shape}/"))[:_FIRST]
    }
    _draw(first, drawn(shapes, root))


def _named(shapes: Shapes) -> dict[str, Scene]:
    scenes = scenes_of(shapes.n, shapes.seed)
    return {f"{scene.shape}/{i:06}.png": scene for i, scene in enumerate(scenes)}


def _draw(scenes: dict[str, Scene], folder: Path) -> None:
    with (
        whole_folder(folder) as draft,
        progress("drawing scenes", len(scenes), "pictures") as advance,
    ):
        for shape in ATTRIBUTES["shape"]:
            (draft / shape).mkdir()
        for name, scene in scenes.items():
            # Small files of flat areas: more effort than this gains nothing.
            Image.fromarray(render(scene)).save(draft / name, compress_level=1)
            advance(1)
        described = pl.DataFrame({"path": list(scenes)}).with_columns(
            pl.Series(column, [getattr(scene, column) for scene in scenes.values()])
            for column in [*ATTRIBUTES, "seed"]
        )
        described.write_parquet(draft / SCENES)


def labels(folder: Path) -> pl.DataFrame | None:
    """Return ``path, concept_group, phrase``: what is known of pictures; None of ordinary ones."""
    if not (folder / SCENES).exists():
        return None
    scenes = pl.read_parquet(folder / SCENES, glob=False)
    return pl.concat(
        scenes.select(
            "path",
            pl.lit(group(name)).alias("concept_group"),
            pl.col(name)
            .replace_strict({value: phrase(name, value) for value in values})
            .alias("phrase"),
        )
        for name, values in ATTRIBUTES.items()
    )
