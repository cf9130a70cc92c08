"""In a notebook a lab, its run and its parts show themselves; at a prompt they are a line or two."""

from __future__ import annotations

import json
import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import altair as alt
import pytest

from convcore.charts.notebook import chart_html
from convcore.charts.picture import Panels, Picture
from convcore.labkit.html import COLOURS, markdown_html, markdown_plain
from convcore.labkit.lab import Lab
from convcore.labkit.tables import Facts
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


class Page(HTMLParser):
    """The elements of a page, with no tag left open, and its text outside of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" not in self.open:
            self.text += data


@pytest.mark.parametrize("kind", LABS, ids=[kind.key for kind in LABS])
def test_a_lab_shows_its_run_with_headline_pictures_and_tables(kind: type[Lab]) -> None:
    result = lean(kind).run()
    page = Page(result._repr_html_())
    assert page.text.startswith(result.headline.plain)
    assert page.tags.count("script") == len(result.pictures)
    assert page.tags.count("table") == len(result.facts)
    assert "**" not in page.text and ":red[" not in page.text
    for table in result.facts:
        for cell in (*table.headings, *table.rows[0]):
            if "$" not in cell:
                assert markdown_plain(cell) in page.text
    assert (
        len(repr(result)) < 500
        and result.headline.plain in repr(result)
        and "\n" not in repr(result)
    )
    assert len(repr(result.study)) < 800 and "array" not in repr(result.study)
    again = pickle.loads(pickle.dumps(result.study))
    assert repr(again) == repr(result.study)


def test_a_lab_and_its_panels_show_what_the_run_shows() -> None:
    def stable(page: str) -> str:
        return re.sub(r"convcore-[0-9a-f]+", "", page)

    lab = OneWeight(a=2, eta=0.7)
    assert stable(lab._repr_html_()) == stable(lab.run()._repr_html_())
    panels = lab.panels()
    assert isinstance(panels, Panels) and stable(panels.html()) in stable(lab._repr_html_())
    shown = panels._repr_mimebundle_()
    assert shown["text/plain"] == repr(panels) == repr(panels[0])
    assert len(repr(panels)) < 400 and panels[0].about in repr(panels)


def test_which_setting_is_fastest_shows_itself_too() -> None:
    tuning = OneWeight(a=2, eta=0.7).race()
    assert tuning is not None and repr(tuning).startswith("<Tuning: constant at η = 0.5 (1 step)")
    assert "is among the fastest" in Page(tuning._repr_html_()).text


def test_facts_are_a_table_in_a_notebook_and_at_a_prompt() -> None:
    facts = Facts(
        ("method", "steps"), (("gradient descent", "**35**"), ("Newton \\(full\\)", "<1"))
    )
    assert repr(facts).split("\n") == [
        "method            steps",
        "────────────────  ─────",
        "gradient descent  35",
        "Newton (full)     <1",
    ]
    page = Page(facts._repr_html_())
    assert (
        page.tags.count("tr") == 3 and page.text == "methodstepsgradient descent35Newton (full)<1"
    )
    assert "<b>35</b>" in facts._repr_html_()


def test_what_a_user_typed_is_text_in_a_notebook_not_markup() -> None:
    assert markdown_html("<img src=x> **a < b** $x_{<}$ :red[&]") == (
        f'&lt;img src=x&gt; <b>a &lt; b</b> $x_{{&lt;}}$ <span style="color:{COLOURS["red"]}">&amp;</span>'
    )
    assert markdown_html("$\\frac{1}{2}\\,x$ \\(0\\)") == "$\\frac{1}{2}\\,x$ (0)"
    page = chart_html({"usermeta": {}, "title": "</script><b>"}, "</div></script>")
    assert page.count("</script>") == 1 and page.count("</div>") == 1


def test_a_picture_follows_the_notebooks_theme() -> None:
    page = OneWeight().panels()[0]._repr_mimebundle_()["text/html"]
    assert "getComputedStyle(place).color" in page
    light, dark = (f'"color": "{ink}"' for ink in ("#31333f", "#fafafa"))
    assert light in page and dark in page and page.count('"datasets"') == 1


def test_a_still_renderer_gives_still_pictures_within_a_run() -> None:
    drawn = []

    def png(spec: dict[str, Any], **_: Any) -> Any:
        drawn.append(spec)
        return {"image/png": b"\x89PNG"}, {"image/png": {"width": 10}}

    alt.renderers.register("png", png)
    with alt.renderers.enable("png"):
        page = OneWeight().run()._repr_html_()
    assert (
        len(drawn) == 1
        and 'src="data:image/png;base64,iVBORw=="' in page
        and "<script>" not in page
    )


def test_a_panel_is_an_altair_chart_as_well() -> None:
    chart = OneWeight().panels()[0].chart()
    assert isinstance(chart, alt.TopLevelMixin)
    assert set(chart.to_dict(validate=False)["datasets"]) == set(OneWeight().panels()[0].tables)
