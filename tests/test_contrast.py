"""Contrast of all words in charts by WCAG 2 (AA), computed from the palette, in both themes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from convcore.charts import style
from convcore.charts.landscape import COOL, SHADE, WARM
from convcore.charts.picture import Template
from convcore.labs.perceptron.chart_parts import SIDES
from convcore.labs.rough_ground.chart_end_maps import MARK
from convcore.labs.rough_ground.chart_parts import RUNS
from tests.test_optimizers import contrast
from tests.test_templates import TEMPLATES, parts

ROOT = Path(__file__).parent.parent
THEMES = ("light", "dark")
WORDS, LARGE = 4.5, 3.0  # the least contrast of words; of bold ones from 14 pt on
BOLD = 18.66  # px: 14 pt
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
DEEPEST = 0.65  # the most opaque fill whose opacity comes from a table
VIEWS = ("layer", "hconcat", "vconcat", "concat")
FILLED = ("rect", "bar", "area", "square")


def test_the_paper_of_the_palette_is_the_page() -> None:
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))["theme"]
    assert {"light": "#ffffff", "dark": theme["dark"]["backgroundColor"]} == style.PAPER


def over(colour: str, opacity: float, ground: str) -> str:
    """What one sees of a colour on a ground."""
    pairs = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (colour, ground)]
    return "#" + "".join(
        f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in zip(*pairs, strict=True)
    )


def test_colours_are_laid_over_one_another() -> None:
    assert over("#ff0000", 0.5, "#0000ff") == "#800080"
    assert over("#123456", 1, "#ffffff") == "#123456" and over("#123456", 0, "#ffffff") == "#ffffff"


def panels(spec: dict[str, Any], channels: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The plots of a spec, each a view or layered views, with the channels that it shares with others."""
    inside = [view for name in VIEWS[1:] for view in spec.get(name, ())]
    shared = {**channels, **spec.get("encoding", {})}
    if not inside:
        yield spec, channels
    for view in inside:
        yield from panels(view, shared)


def marks(spec: dict[str, Any], channels: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each mark of a panel, with its channels, shared ones included."""
    channels = {**channels, **spec.get("encoding", {})}
    if "mark" in spec:
        mark = spec["mark"]
        yield {"type": mark} if isinstance(mark, str) else mark, channels
    for view in spec.get("layer", ()):
        yield from marks(view, channels)


def colours(channel: Any, spec: dict[str, Any], theme: str) -> set[str]:
    """All colours that a channel may give; those of a scale may be told beside another mark."""
    found = set(COLOUR.findall(str(channel)))
    field = channel.get("field") if isinstance(channel, dict) else None
    if field is None:
        return found
    made = []
    for part in parts(spec):
        if part.get("field") == field and "scale" in part:
            made.append(part["scale"])
        if field in (part.get("as"), f"{part.get('as')}"):
            made.append(part.get("calculate"))
    if any(isinstance(scale, dict) and scale.get("range") == "ordinal" for scale in made):
        found |= set(style.config(theme)["range"]["ordinal"][1:])  # the quiet one has no words
    return found | set(COLOUR.findall(str(made)))


def grounds(panel: list[tuple[Any, dict[str, Any]]], spec: Any, theme: str) -> dict[str, str]:
    """What words of a panel may stand on, by what it is."""
    paper = style.PAPER[theme]
    found = {"paper": paper}
    for mark, channels in panel:
        if mark["type"] not in FILLED or mark.get("filled") is False or "shape" in mark:
            continue
        opacity = mark.get("fillOpacity", mark.get("opacity", 1))
        if str(channels.get("y2", "")).count(
            "zero"
        ):  # bars, above which the axis leaves room for words
            continue
        if "fillOpacity" in channels:
            opacity = DEEPEST
        if not isinstance(opacity, float | int) or opacity == 0 or mark["type"] == "square":
            continue
        inks = colours(channels.get("color"), spec, theme) | colours(mark.get("color"), spec, theme)
        found |= {f"{ink} at {opacity}": over(ink, opacity, paper) for ink in inks}
    return found


def words(panel: list[tuple[Any, dict[str, Any]]], spec: Any, theme: str) -> Iterator[Any]:
    """Each text of a panel: its mark, and each of its colours with its opacity."""
    styles = style.config(theme)["style"]
    for mark, channels in panel:
        if mark["type"] != "text" or mark.get("style") == "halo":
            continue
        inks = colours(channels.get("color"), spec, theme) | colours(mark.get("color"), spec, theme)
        if named := styles.get(mark.get("style", ""), {}).get("color"):
            inks |= {named}
        for ink in inks or {style.INK[theme]}:
            opacity = mark.get("opacity", 1)
            yield mark, ink, opacity if isinstance(opacity, float | int) else 1


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_all_words_of_a_chart_can_be_read(template: Template, theme: str) -> None:
    spec = template.spec(880, theme)
    seen = 0
    for view, channels in panels(spec, {}):
        panel = list(marks(view, channels))
        for mark, ink, opacity in words(panel, view, theme):
            seen += 1
            if opacity < 1 or ink == MARK:  # the + of an earlier line; words in a dark seam
                continue
            size = mark.get("fontSize", style.config(theme)["text"]["fontSize"])
            large = mark.get("fontWeight") == "bold" and isinstance(size, int) and size >= BOLD
            for where, ground in grounds(panel, view, theme).items():
                reads = contrast(over(ink, opacity, ground), ground)
                assert reads >= (LARGE if large else WORDS), (mark, ink, where, round(reads, 2))
    assert seen


@pytest.mark.parametrize("theme", THEMES)
def test_words_in_their_halo_can_be_read_on_every_picture(theme: str) -> None:
    halo = style.config(theme)["style"]["halo"]
    deepest = 1 - (1 - SHADE) ** 13  # the level lines and the shade below them
    for colour, opacity in [(c, deepest) for c in (COOL, WARM)] + [(c, 96 / 255) for c in SIDES]:
        below = over(colour, opacity, style.PAPER[theme])
        ground = over(halo["fill"], halo["opacity"], below)
        assert contrast(style.INK[theme], ground) >= WORDS


@pytest.mark.parametrize("theme", THEMES)
def test_axes_titles_and_names_of_directions_can_be_read(theme: str) -> None:
    made, paper = style.config(theme), style.PAPER[theme]
    inks = [made["text"]["color"], made["title"]["color"], made["axis"]["labelColor"]]
    inks += [made["axis"]["titleColor"], style.STEEP[theme], style.FLAT[theme]]
    for ink in inks:
        assert contrast(ink, paper) >= WORDS, ink


@pytest.mark.parametrize(
    "family",
    [style.METHODS, style.LEARNERS, RUNS],
    ids=["methods", "learners", "runs on rough ground"],
)
def test_lines_are_told_apart_without_their_colours(
    family: dict[str, tuple[str, list[int]]],
) -> None:
    for (one, (_, dash)), (other, (_, another)) in combinations(family.items(), 2):
        assert dash != another, (one, other)
