"""A notebook user gets the page's pictures: `lab.panels()` gives charts that display themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import altair as alt
import pytest

from convcore.charts.picture import Picture
from convcore.labkit.lab import Lab
from convcore.labs import LABS, OneWeight, RealNetwork


def lean(kind: type[Lab]) -> Lab:
    """A lab at its defaults, with fewer steps where a run takes long."""
    return replace(RealNetwork(), steps=200) if kind is RealNetwork else kind()


def named(part: Any) -> set[str]:
    """The data sets that a spec draws."""
    if isinstance(part, list):
        return set().union(*map(named, part))
    if not isinstance(part, dict):
        return set()
    own = {part["name"]} if isinstance(part.get("name"), str) and len(part) == 1 else set()
    return own.union(*(named(value) for key, value in part.items() if key != "datasets"))


@pytest.mark.parametrize("kind", LABS, ids=[kind.key for kind in LABS])
def test_each_panel_displays_itself_with_its_data_inside(kind: type[Lab]) -> None:
    panels = lean(kind).panels()
    assert panels and all(isinstance(panel, Picture) for panel in panels)
    with alt.renderers.enable("mimetype"):
        for panel in panels:
            shown, _ = panel._repr_mimebundle_()
            (spec,) = [part for mime, part in shown.items() if "vegalite" in mime]
            assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v")
            assert set(spec["datasets"]) == set(panel.tables) >= named(spec)
            for name, table in panel.tables.items():
                assert len(spec["datasets"][name]) == len(next(iter(table.values()), ()))
            json.dumps(spec, allow_nan=False)


def test_a_browser_notebook_gets_a_page_of_its_own_that_draws_the_chart() -> None:
    (panel, *_) = OneWeight(a=2, eta=0.7).panels()
    with alt.renderers.enable("html"):
        page = panel._repr_mimebundle_()["text/html"]
    assert "vegaEmbed" in page and all(f'"{name}": [' in page for name in panel.tables)


def test_a_panel_is_an_altair_chart_as_well() -> None:
    chart = OneWeight().panels()[0].chart()
    assert isinstance(chart, alt.TopLevelMixin)
    assert set(chart.to_dict(validate=False)["datasets"]) == set(OneWeight().panels()[0].tables)
