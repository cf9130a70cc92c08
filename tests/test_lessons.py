"""Lessons in a link, and the sheet of what was done: they hold what was meant, whoever wrote the link."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.claims import CLAIMS
from convcore.labs import LABS, Lab, OneWeight
from convcore.session import permalink
from convcore.teaching import lesson as lessons
from convcore.teaching import link as links
from convcore.teaching import sheet
from convcore.teaching.lesson import LONGEST, MOST, Lesson
from convcore.teaching.link import Link
from convcore.teaching.log import Entry, Log
from tests.draw import labs, often


def opened(params: dict[str, str]) -> tuple[Link, list[str]]:
    return links.read(params)


def test_the_names_of_a_lesson_are_no_controls() -> None:
    ours = frozenset[str]().union(*map(permalink.names, LABS))
    assert not ours & {"lesson", "at", "title", "predict", "claim", "lab", "pins"}


def test_a_short_lesson_opens_its_first_claim_and_walks_on() -> None:
    link, lines = opened({"lesson": "4,8,15", "title": "Step sizes", "predict": "1"})
    assert not lines and link.claim == CLAIMS[3] and link.lab == CLAIMS[3].lab and link.predict
    lesson = link.lesson
    assert lesson == Lesson(("4", "8", "15"), 1, "Step sizes")
    assert lesson.gone(-1) is None
    after = lesson.gone(1)
    assert after and after.at == 2 and after.here == {"claim": "8"}
    last = after.gone(1)
    assert last and last.gone(1) is None


def test_a_link_holds_where_one_is_and_what_was_changed_there() -> None:
    lesson = Lesson(("4", "8", "15"), 2, "A & B; <i>")
    link = Link(OneWeight(eta=0.3), CLAIMS[3], (), True, lesson)
    params = links.write(link)
    assert opened(params) == (link, [])
    # As an address, too.
    assert dict(parse_qsl(links.query(params), keep_blank_values=True)) == params
    assert links.opening(link) == {"lesson": "4,8,15", "title": "A & B; <i>", "predict": "1"}


@given(st.lists(labs(), min_size=1, max_size=3), st.sampled_from(CLAIMS))
@often(25, 300)
def test_any_link_of_ours_is_a_stop(drawn: list[Lab], claim: Any) -> None:
    kept = []
    for lab in drawn:
        of_claim = claim if type(claim.lab) is type(lab) else None
        kept.append(Link(lab, of_claim))
    stops = tuple(lessons.stop(links.short(link)) for link in kept)
    if len(",".join(stops)) > LONGEST:
        return
    for at, link in enumerate(kept, 1):
        params = lessons.write(Lesson(stops, at))
        found, lines = opened(params)
        assert found.lesson == Lesson(stops, at)
        # Files are not in a link.
        assert not [line for line in lines if "file" not in line]
        assert (links.short(found), found.claim) == (links.short(link), link.claim)


def test_a_lesson_is_made_put_in_order_and_kept_to_a_length() -> None:
    lesson: Lesson | None = Lesson(())
    for number in (4, 8, 15):
        assert lesson
        lesson = lesson.with_stop(str(number))
    assert lesson == Lesson(("4", "8", "15"), 3)
    assert lesson.raised(3) == Lesson(("4", "15", "8"), 2)
    assert lesson.raised(2) == Lesson(("8", "4", "15"), 3)
    assert lesson.without(1) == Lesson(("8", "15"), 2)
    assert lesson.without(3) == Lesson(("4", "8"), 0)
    assert Lesson(("4",), 1).without(1) is None
    assert Lesson(("4",) * MOST).with_stop("4") is None
    assert Lesson(("x" * LONGEST,)).with_stop("4") is None
    assert len(Lesson(("4",)).titled("x y" * 999).title) <= 80


HOSTILE = [
    ",".join(["4"] * 1000),
    ",".join(f"one~eta~{k}" for k in range(1000)),
    "4," * 5000,
    ",".join(["nonsense"] * 1000),
    "4,<script>alert(1)</script>,24,-1,8e0,one~eta",
    "one" + "~eta~1" * 3000,
    "," * 100_000,
    "4,%00,%ff,~~~,!!!",
    "😀,४,４",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_lesson_costs_little_and_gets_one_line(text: str) -> None:
    begun = time.process_time()
    link, lines = opened({"lesson": text, "title": text, "at": text})
    assert time.process_time() - begun < 0.5
    about = [line for line in lines if "lesson" in line]
    assert len(about) == 1 and len(about[0]) < 200
    if link.lesson:
        assert len(link.lesson.stops) <= MOST and len(link.lesson.title) <= 80
        assert len(links.query(lessons.write(link.lesson))) < 4500
        assert opened(links.write(link))[0].lesson == link.lesson


@given(st.text(), st.text(), st.text())
@often(60, 1000)
def test_reading_a_lesson_never_fails(text: str, at: str, title: str) -> None:
    lesson, lines = lessons.read(text, at, title)
    assert len(lines) <= 1
    if lesson:
        held = lessons.write(lesson)
        assert lessons.read(held["lesson"], held["at"], held.get("title", "")) == (lesson, [])


# The sheet


class Seen(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def entry(number: int, guess: str = "", **changed: Any) -> Entry:
    claim = CLAIMS[number - 1]
    lab = type(claim.lab)(**{**vars(claim.lab), **changed}) if changed else claim.lab
    return Entry.of(claim, lab, lab.study(), guess)


def test_the_sheet_says_what_was_predicted_what_came_out_and_links_back() -> None:
    log = Log()
    log.kept(entry(4, "it changes side at each step and converges"))
    log.kept(entry(5, "it lands in one step"))
    log.kept(entry(2))
    page = sheet.write(log, "http://127.0.0.1:8501/app/?claim=4#x", "Step sizes <b>")
    seen = Seen(page)
    assert "1 of 2 predictions were right." in seen.words and "Step sizes <b>" in seen.words
    for words in (
        "I predicted: it lands in one step. ✗ no: it runs away",
        "✓ right", "Claim 2: one step", "In this run it holds", "step size η 1.1",
    ):  # fmt: skip
        assert words in seen.words
    links_ = [a["href"] for tag, a in seen.tags if tag == "a"]
    assert links_ == [f"http://127.0.0.1:8501/app/?claim={k}" for k in (4, 5, 2)]
    # The name stays in the file: nothing of it runs, sends or loads.
    assert sum(tag == "input" for tag, _ in seen.tags) == 2
    assert not {tag for tag, _ in seen.tags} & {"script", "form", "img", "iframe", "link", "object"}
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    assert not re.search(r"@import|url\(", page)


def test_of_a_run_without_a_prediction_the_last_is_kept_and_of_one_with_the_first() -> None:
    log = Log()
    for eta in (0.5, 0.6, 0.7):
        log.kept(entry(4, eta=eta))
    assert len(log.entries) == 1
    guess = "it lands in one step"
    first = log.kept(entry(4, guess))
    assert [*log.entries.values()] == [first] and not first.right
    assert log.kept(entry(4, "it changes side at each step and converges")) is first
    log.kept(entry(4, eta=0.6))
    assert log.score == "0 of 1" and len(log.entries) == 1
    log.kept(entry(4, guess, eta=0.5))
    assert log.score == "1 of 2"


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "data:text/html,x", '"><b>'])
def test_an_address_that_is_none_is_no_link(address: str) -> None:
    log = Log()
    log.kept(entry(4))
    seen = Seen(sheet.write(log, address, '"><script>'))
    assert not [tag for tag, _ in seen.tags if tag in ("a", "script", "b") and tag != "b"]
    assert "?claim=4" in seen.words


def test_a_strangers_words_are_text_on_the_sheet() -> None:
    bad = "<script>x</script> **b** [a](javascript:x) <img src=x onerror=y>"
    log = Log()
    log.kept(Entry(bad, bad, bad, bad, bad, bad, bad, bad, (("lab", bad), (bad, bad))))
    seen = Seen(sheet.write(log, "https://example.org/"))
    assert "<img src=x onerror=y>" in seen.words
    assert {tag for tag, _ in seen.tags} <= {
        "html", "head", "meta", "title", "style", "body", "p", "h1", "h2", "div", "label", "input",
        "section", "b", "a", "code", "br",
    }  # fmt: skip
