"""What every picture's template must hold, whatever fills it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcore.charts
import convcore.labs
from convcore.charts.compose import Mark
from convcore.charts.picture import EXPRESSIONS, Template, without_blanks
from tests.draw import often

MODULES = [
    module.name
    for package in (convcore.charts, convcore.labs)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if package is convcore.charts or module.name.rpartition(".")[2].startswith("chart")
]
TEMPLATES = {
    f"{module}.{name}": value
    for module in MODULES
    for name, value in vars(importlib.import_module(module)).items()
    if isinstance(value, Template)
}
CONSTANTS = {"PI", "E", "LN10", "LN2", "SQRT2"}  # of Vega's expressions
WORDS = re.compile(r"'[^']*'|\"[^\"]*\"")
NAME = re.compile(r"(?<![\w.])[A-Z][A-Z0-9_]*\b")


def parts(spec: Any) -> Iterator[dict[str, Any]]:
    """All objects in a spec."""
    if isinstance(spec, dict):
        yield spec
    for part in spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ():
        yield from parts(part)


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("width", [320, 880])
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_an_expression_uses_no_name_that_the_template_does_not_define(
    template: Template, width: int
) -> None:
    spec = template.spec(width)
    defined = {param["name"] for part in parts(spec) for param in part.get("params", ())}
    used = {
        name
        for part in parts(spec)
        for key in EXPRESSIONS
        if isinstance(text := part.get(key), str)
        for name in NAME.findall(WORDS.sub("", text))
    }
    assert used - CONSTANTS <= defined


@pytest.mark.parametrize("width", [320, 880])
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_no_point_or_line_outside_of_a_view_makes_a_picture_larger(
    template: Template, width: int
) -> None:
    def marks(spec: Any, around: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Each mark with its channels, those that it shares included."""
        if isinstance(spec, dict):
            channels = {**around, **spec.get("encoding", {})}
            if "mark" in spec:
                yield spec["mark"], channels
            spec = [part for name, part in spec.items() if name != "encoding"]
        else:
            channels = around
        for part in spec if isinstance(spec, list) else ():
            yield from marks(part, channels)

    def field(channels: dict[str, Any], name: str) -> str:
        channel = channels.get(name, {})
        return str(channel.get("field", "")) if channel.get("type") == "quantitative" else ""

    free = [
        (mark["type"], field(channels, "x"), field(channels, "y"))
        for mark, channels in marks(template.spec(width), {})
        if field(channels, "x") and field(channels, "y") and not mark.get("clip")
    ]
    # The lines of a legend are laid out; a text is put inside by who places it.
    assert [m for m in free if m[0] != "text" and not m[2].startswith("line")] == []


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_chart_is_one_picture_with_one_name_however_it_is_drawn(template: Template) -> None:
    # Marks of an SVG that have no words would be symbols without a name to a screen reader.
    assert len(template.alt) > 20
    for renderer in ("svg", "canvas"):
        config = template.spec(880, renderer=renderer)["config"]
        assert config["aria"] is False and config["mark"]["aria"] is False


@pytest.mark.parametrize(
    "channels",
    [
        {"x": "a:Q", "y": alt.value(3), "strokeDash": "b:N"},
        {"x2": "a", "y2": alt.value("height"), "detail": ["b:N", "c:N"], "tooltip": "d:Q"},
        {"x": alt.X("a:Q", axis=None), "color": alt.value("red"), "xOffset": "b:N"},
        {"size": alt.condition("datum.a", alt.value(1), alt.value(2)), "opacity": alt.value(0)},
    ],
)
def test_a_mark_is_what_altair_makes_of_the_same_channels(channels: dict[str, Any]) -> None:
    def spec(chart: alt.Chart) -> dict[str, Any]:
        found: dict[str, Any] = chart.mark_point().encode(**channels).to_dict()
        return found

    data = alt.NamedData("t")
    assert spec(Mark(data)) == spec(alt.Chart(data))


TOKENS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\w.$]+|\+\+|--|[^\w\s]""")


@often(300, 5000)
@given(
    st.lists(
        st.sampled_from(
            ["a", "1e-3", "' x + 1 '", '"- y"', "datum.k", *"+-*/?:<>=!&|,()[]{}", "=="]
        )
    )
)
def test_an_expression_without_blanks_has_the_same_words_and_signs(tokens: list[str]) -> None:
    spaced = " ".join(tokens)
    squeezed = without_blanks(spaced)
    assert TOKENS.findall(squeezed) == TOKENS.findall(spaced)
    assert len(squeezed) <= len(spaced) and without_blanks(squeezed) == squeezed


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_what_is_played_calculates_no_column_from_itself(template: Template) -> None:
    """A row that a filter lets through again is calculated again, from what came out before."""
    found = []
    for part in parts(template.spec(880)):
        played = False
        for step in part.get("transform", ()):
            played &= "aggregate" not in step  # which makes new rows
            played |= bool(re.search(r"\b(K|DRAWN)\b", str(step.get("filter", ""))))
            if played and re.search(rf"\bdatum\.{step.get('as')}\b", step.get("calculate", "")):
                found.append(step)
    assert found == []
