"""`python -m tests.screenshots FOLDER`: all labs, both themes, wide and narrow; the README's picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

from convcore.labs import LABS
from tests.browser import ROOT, launch, open_page, server

PICTURE = ROOT / ".github" / "one-weight.png"
SIZES = {1280: 800, 390: 844}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", type=Path, nargs="?", help="only the README's picture if left out"
    )
    folder = parser.parse_args().folder
    with server() as app, sync_playwright() as playwright:
        browser = launch(playwright)
        page = open_page(browser, f"{app.url}/?lab=one&eta=0.9", color_scheme="light")
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
        page.context.close()
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            for kind in LABS:
                for theme in ("light", "dark"):
                    for width, height in SIZES.items():
                        page = open_page(
                            browser,
                            f"{app.url}/?lab={kind.key}",
                            width=width,
                            height=height,
                            color_scheme=theme,
                        )
                        page.screenshot(path=folder / f"{kind.key}-{theme}-{width}.png")
                        page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
