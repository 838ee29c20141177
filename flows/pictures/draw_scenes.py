"""Draw the made world's scenes into the data root, with a list of what each picture shows."""

import os
from pathlib import Path

import polars as pl
from PIL import Image

from flows.study.images import Shapes
from flows.terminal.progress import progress, say
from sing_core.shapes.captions import group, phrase
from sing_core.shapes.renderer import RENDERER_VERSION, render
from sing_core.shapes.scenes import ATTRIBUTES, Scene
from sing_core.shapes.scenes import draw_scenes as scenes_of
from warehouse.digests import digest
from warehouse.files import discard, whole, whole_folder
from warehouse.layout import DataRoot
from warehouse.stored import sums

#: Beside the class folders: every scene's description, one a row.
SCENES = "scenes.parquet"

#: Scenes of each class that are the first: as many as a head is proven on.
_FIRST = 8


def drawn(shapes: Shapes, root: DataRoot) -> Path:
    """The folder that a study's scenes are drawn into."""
    described: list[float] = [shapes.n, shapes.seed, RENDERER_VERSION]
    if shapes.correlated:
        described.append(shapes.correlated)
    return root.pictures / f"shapes-{digest(described)}"


def draw_scenes(shapes: Shapes, root: DataRoot) -> None:
    """Draw a study's scenes as an image folder; at once where that was done before.

    Of those that were drawn before, what is missing or was changed since is drawn again.
    """
    folder = drawn(shapes, root)
    described = _described(folder, root)
    if described is None:
        if folder.exists():
            discard(folder)
        _draw(_named(shapes), folder, root)
        return
    written_ns = (folder / SCENES).stat().st_mtime_ns
    spoiled = [name for name in described["path"] if _is_spoiled(folder / name, written_ns)]
    if not spoiled:
        return
    say(f"{len(spoiled)} drawn scenes are missing or were changed, and are drawn again")
    scenes = _named(shapes)
    for name in spoiled:
        (folder / name).parent.mkdir(exist_ok=True)
        with whole(folder / name) as draft:
            _save(scenes[name], draft)
        os.utime(folder / name, ns=(written_ns, written_ns))


def _described(folder: Path, root: DataRoot) -> pl.DataFrame | None:
    """What each scene shows, which is written last; None where that is gone or not right."""
    try:
        if sums.problem(root.pictures, folder / SCENES) is not None:
            return None
        return pl.read_parquet(folder / SCENES, glob=False)
    except (pl.exceptions.PolarsError, OSError):
        return None


def _is_spoiled(file: Path, written_ns: int) -> bool:
    try:
        return file.stat().st_mtime_ns > written_ns
    except OSError:
        return True


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
    _draw(first, drawn(shapes, root), root)


def _named(shapes: Shapes) -> dict[str, Scene]:
    scenes = scenes_of(shapes.n, shapes.seed, correlated=shapes.correlated)
    return {f"{scene.shape}/{i:06}.png": scene for i, scene in enumerate(scenes)}


def _draw(scenes: dict[str, Scene], folder: Path, root: DataRoot) -> None:
    with (
        whole_folder(folder) as draft,
        progress("drawing scenes", len(scenes), "pictures") as advance,
    ):
        for shape in ATTRIBUTES["shape"]:
            (draft / shape).mkdir()
        for name, scene in scenes.items():
            _save(scene, draft / name)
            advance(1)
        described = pl.DataFrame({"path": list(scenes)}).with_columns(
            pl.Series(column, [getattr(scene, column) for scene in scenes.values()])
            for column in [*ATTRIBUTES, "seed"]
        )
        described.write_parquet(draft / SCENES)
        sums.note(root.pictures, folder / SCENES, draft / SCENES)


def _save(scene: Scene, file: Path) -> None:
    # Small files of flat areas: more effort than this gains nothing.
    Image.fromarray(render(scene)).save(file, format="PNG", compress_level=1)


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
