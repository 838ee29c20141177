"""The pictures of the dashboard that the documents show.

python -m benchmarks.screenshots DATA FOLDER

DATA is the data root of `sing demo`, after `sing validate`. Writes the first
screen of some pages, light and dark, in 256 colors: a third of the bytes, and
nobody sees it.
"""

import io
import sys
import time
from pathlib import Path

from PIL import Image

from benchmarks.dashboard import browser, served
from flows.made_world.demo import STUDY
from flows.questions.named_runs import run_named
from warehouse.layout import DataRoot

SHOTS = {
    "overview": ("overview", 1280, 860, "light"),
    "models": ("models", 1280, 1010, "light"),
    "map": ("map?model=plain&color=class", 1280, 900, "light"),
    "concepts": ("concepts?model=background&class=ring", 1280, 900, "light"),
    "image": ("image?model=plain&class=flower", 1280, 1180, "light"),
    "steering-dark": ("steering?model=plain", 1920, 1080, "dark"),
}


#: Colors that are kept as they are.
_OFTEN = 32


def main(root: DataRoot, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    run = run_named(STUDY.stem, root)
    driver = browser()
    try:
        with served(root) as address:
            for name, (path, width, height, scheme) in SHOTS.items():
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
                driver.set_window_size(width, height)
                choices = f"{'&' if '?' in path else '?'}run={run}"
                driver.get(f"{address}/{path}{choices}")
                time.sleep(8)  # long enough for pictures that are shrunk for the first time
                save(driver.get_screenshot_as_png(), folder / f"{name}.png")
    finally:
        driver.quit()


def save(png: bytes, file: Path) -> None:
    with Image.open(io.BytesIO(png)) as shot:
        # Plain areas keep their colors, and every hue is covered, be it a single mark's.
        whole = shot.convert("RGB")
        often = sorted(whole.getcolors(whole.width * whole.height) or [], reverse=True)[:_OFTEN]
        rest = whole.quantize(256 - len(often), method=Image.Quantize.MAXCOVERAGE).getpalette()
        palette = Image.new("P", (1, 1))
        palette.putpalette([part for _, color in often for part in color] + (rest or []))
        whole.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(DataRoot(Path(sys.argv[1])), Path(sys.argv[2]))
