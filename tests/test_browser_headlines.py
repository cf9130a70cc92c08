"""Headlines of random labs in the page's own type: how many lines they take, in words explained."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="pip install -r tests/requirements.txt")

from hypothesis import given

from convcore.cache import Cache
from convcore.labkit.headline import Headline
from convcore.labs import LABS, Lab, PerceptronAndBackprop, RoughGround
from convcore.labs.perceptron.second_pictures import NoMore
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.page.main import LONG
from tests import browser as chrome
from tests.draw import labs, often
from tests.test_glossary import unexplained

if chrome.chromium() is None:
    if chrome.REQUIRED:
        raise RuntimeError(chrome.HOW)
    pytest.skip(chrome.HOW, allow_module_level=True)

MOST_WORDS, MOST_LINES = 20, 3

# The lines of each headline, put in the place of the page's own.
MEASURED = """headlines => {
  const region = document.querySelector('[role=status]');
  const h2 = region.querySelector('h2');
  const line = parseFloat(getComputedStyle(h2).lineHeight);
  const words = h2.querySelector('span') ?? h2;
  return headlines.map(([says, long]) => {
    words.innerHTML = says;
    region.toggleAttribute('data-long', long);
    return Math.round(h2.getBoundingClientRect().height / line);
  });
}"""


@pytest.fixture
def small_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are trained for fewer steps, and their Hessians read less often."""
    monkeypatch.setattr("convcore.labs.network.settings.BUDGET", 2e7)
    monkeypatch.setattr("convcore.labs.network.readings.READINGS", 10)
    monkeypatch.setattr("convcore.labs.network.readings.SPECTRA", 1)
    for module in ("settings", "study"):
        monkeypatch.setattr(f"convcore.labs.network.{module}.TRAININGS", Cache(16))


def headline(lab: Lab) -> Headline:
    """A lab's headline, without its pictures."""
    folder = type(lab).__module__.rpartition(".")[0]
    made: Headline = import_module(f"{folder}.headline").headline(lab.study())
    return made


def drawn() -> list[Headline]:
    """Headlines of the claims, and of random values of each lab."""
    found = []
    for kind in LABS:
        few, many = (2, 60) if not kind().live else (30, 400)

        @often(few, many)
        @given(labs(kind))
        def draw(lab: Lab) -> None:
            if isinstance(lab, RoughGround):
                lab = replace(lab, second=Nothing())
            if isinstance(lab, PerceptronAndBackprop):
                lab = replace(lab, second=NoMore(), epochs=min(lab.epochs, 200))
            found.append(headline(lab))

        draw()
    return found


def as_html(made: Headline) -> str:
    """The words as the page sets them."""
    says = made.says.replace("{}", f"<span>{made.verdict}</span>")
    return re.sub(r"\*\*(.*?)\*\*", r"<strong>\1</strong>", says)


def test_a_headline_has_three_lines_on_a_phone_else_one_and_its_words_are_explained(
    visit: Any, small_trainings: None
) -> None:
    headlines = drawn()
    for made in headlines:
        assert len(made.plain.split()) <= MOST_WORDS, made.plain
        assert unexplained(made.plain) == "" and unexplained(made.below) == "", made
    shown = [[as_html(made), len(made.plain) > LONG] for made in headlines]
    on_phone = visit("lab=one", on_phone=True).evaluate(MEASURED, shown)
    assert max(on_phone) > 1, "they are measured"
    for made, count in zip(headlines, on_phone, strict=True):
        assert count <= MOST_LINES, (count, made.plain)
    for made, count in zip(headlines, visit("lab=one").evaluate(MEASURED, shown), strict=True):
        assert count == 1, made.plain
