"""Takes the README's picture from a fresh demo house: `python -m docs.screenshot [edit review history library]`."""

import argparse
import re
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser import launched
from tests.houses import PATIENCE, House, Visit, open_house, settled, viewer, visiting
from workbench.starter.pictures import COLOURS, LABEL

SIZE: ViewportSize = {"width": 1440, "height": 900}
THEMES: tuple[tuple[Literal["light", "dark"], str], ...] = (("light", ""), ("dark", "-dark"))


def swapped(house: House, asset: str) -> str:
    """An edit of the serum bottle's label with its result, as its author sees it before submitting."""
    values = ("--set", f"source={COLOURS['calm-serum.png']}", "--set", "target=Clay", "--set", "mode=shaded")
    region = ",".join(map(str, LABEL))
    wish = ("--template", "label-recolour", "--region", region, *values)
    return str(house.loupe("edits", "propose", asset, *wish, "--wait")["edit"])


def shot(visit: Visit, path: str, to: Path) -> None:
    """The window at `path` once everything is there."""
    page = visit.open(path)
    pictured(page, path)
    settled(page)
    page.mouse.move(5, 450)
    page.screenshot(path=to, animations="disabled")
    page.close()


def pictured(page: Page, path: str) -> None:
    """Wait for the page's pictures."""
    if path.startswith("library"):
        page.get_by_role("group", name="Pictures").locator("img").first.wait_for(timeout=PATIENCE)
    else:
        viewer(page)
    page.wait_for_load_state("networkidle")


def main() -> None:
    """Write the named pages, without a name the Edit page, in light and dark into a folder (this one)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", default=["edit"], choices=["edit", "review", "history", "library"])
    parser.add_argument("--to", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    wanted = parser.parse_args()
    with open_house() as house:
        house.loupe("demo")
        with house.up() as running, launched() as browser:
            assets: Any = house.loupe("assets", "list")["items"]
            serum = next(str(one["asset"]) for one in assets if re.match("Calm serum", one["name"]))
            pages = {
                "edit": f"edit?edit={swapped(house, serum)}",
                "review": "review?as=lead",
                "history": f"history?asset={serum}&version=4&as=lead",
                "library": "library",
            }
            for theme, ending in THEMES:
                with visiting(browser, running, viewport=SIZE, color_scheme=theme) as visit:
                    for name in wanted.pages:
                        shot(visit, pages[name], wanted.to / f"{name}{ending}.png")


if __name__ == "__main__":
    main()
