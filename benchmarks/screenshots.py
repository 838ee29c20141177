"""The pictures of the dashboard that the documents show.

python benchmarks/screenshots.py DATA FOLDER

DATA is the data root of `sing demo`, after `sing validate`. Writes the first
screen of some pages, light and dark.
"""

import sys
import time
from pathlib import Path

from benchmarks.dashboard import browser, served
from warehouse.layout import DataRoot

SHOTS = {
    "models": ("", 1280, 1010, "light"),
    "concepts": ("concepts?model=background&class=ring", 1280, 900, "light"),
    "image": ("image?model=plain&class=flower", 1280, 1180, "light"),
    "steering-dark": ("steering?model=plain", 1920, 1080, "dark"),
}


def main(root: DataRoot, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    driver = browser()
    try:
        with served(root) as address:
            for name, (path, width, height, scheme) in SHOTS.items():
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
                driver.set_window_size(width, height)
                driver.get(f"{address}/{path}")
                time.sleep(8)  # long enough for pictures that are shrunk for the first time
                driver.save_screenshot(str(folder / f"{name}.png"))
    finally:
        driver.quit()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(DataRoot(Path(sys.argv[1])), Path(sys.argv[2]))
