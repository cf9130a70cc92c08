"""What may go wrong around the page, in a real Chromium: a restart, tabs, other places, hostile words."""

from __future__ import annotations

import random
import signal
from typing import Any
from urllib.parse import urlencode

import pytest

from convcore.datasets import MAX_MB
from convcore.knobs import Range, knobs
from convcore.labs import LABS
from convcore.session import permalink
from tests.test_browser import CHART, chrome, parameter, press

MAIN = "[data-testid=stMain]"
CONNECTED = (
    "document.querySelector('[data-testid=stApp]').dataset.testConnectionState === 'CONNECTED'"
)
BAD = "<img src=x onerror=hurt=1>**b**$x$"  # as long as a pin's name may be
WARNING = "[data-testid=stAlert]"


def warned(page: Any) -> list[str]:
    """The lines about the link."""
    return [line for line in page.locator(WARNING).inner_text().split("\n") if line]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_a_page_comes_back_with_its_state_when_the_server_was_restarted(
    chromium: Any, end: signal.Signals
) -> None:
    first = chrome.Server()
    page = chrome.open_page(chromium, f"{first.url}/?lab=many&pins=slow~many~eta~0.05")
    press(page, LABS[2])
    told, link = page.locator(MAIN).inner_text(), page.url
    first.process.send_signal(end)
    first.stop()
    page.wait_for_function(f"() => !({CONNECTED})")
    page.evaluate("seen.reset()")
    second = chrome.Server(port=first.port)
    try:
        # The page asks for the server by itself, every few seconds.
        page.wait_for_function(f"() => {CONNECTED}", timeout=30_000)
        page.wait_for_function("() => seen.inBytes > 10_000", timeout=30_000)  # sent by the second
        chrome.wait_idle(page)
        assert page.url == link
        assert page.locator(MAIN).inner_text() == told
        press(page, LABS[2])
        assert page.url != link, "and its controls work"
    finally:
        page.context.close()
        second.stop()


def test_two_tabs_do_not_see_each_other(visit: Any) -> None:
    one = visit("lab=one&eta=0.2")
    other = visit("lab=one&eta=0.2")
    told = other.locator(MAIN).inner_text()
    press(one, LABS[0])
    assert parameter(one, "eta") != "0.2"
    chrome.settle(other)
    assert parameter(other, "eta") == "0.2" and other.locator(MAIN).inner_text() == told


def test_another_place_shows_the_same_page(visit: Any, app: chrome.Server, chromium: Any) -> None:
    here = visit("lab=many").locator(MAIN).inner_text()
    elsewhere = {"locale": "ar-EG", "timezone_id": "Pacific/Auckland"}
    there = chrome.open_page(chromium, f"{app.url}/?lab=many", **elsewhere)
    assert there.locator(MAIN).inner_text() == here
    assert there.faults == []
    there.context.close()


def test_a_server_in_another_place_sends_the_same_page(visit: Any, chromium: Any) -> None:
    here = visit("lab=many").locator(MAIN).inner_text()
    # Neither UTF-8 nor a clock that has to do with ours.
    elsewhere = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Pacific/Apia"}
    with chrome.server(**elsewhere) as app:
        page = chrome.open_page(chromium, f"{app.url}/?lab=many")
        assert page.locator(MAIN).inner_text() == here
        page.get_by_text("Share, save, copy").click()
        chrome.settle(page)
        assert page.faults == []
        page.context.close()
        assert "Traceback" not in app.stop()


def unharmed(page: Any) -> None:
    """No script of the hostile words has run, and nothing of them is an element."""
    assert page.evaluate("typeof hurt") == "undefined"
    assert page.locator("img[src=x], script:text('hurt')").count() == 0
    assert page.locator("strong:text-is('b'), .katex:text-is('x')").count() == 0


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (
            {"lab": BAD, "claim": BAD, BAD: BAD, "eta": BAD, "pins": f"{BAD}~{BAD}"},
            [
                f"There is no lab '{BAD}' in the link",
                f"There is no experiment '{BAD}' in the link",
                f"'{BAD}' is not a number",
                f"The link's pin '{BAD}' is left out: there is no lab '{BAD}'",
            ],
        ),
        (
            {
                "lab": "newton",
                "ground": "formula",
                "ground.text": BAD,
                "pins": "a~newton~ground~formula~ground.text~x^2 + img(onerror)",
            },
            ["“<” (U+003C) means nothing", "“img” is not known"],
        ),
        (
            {
                "lab": "many",
                "problem": "typed",
                "problem.matrix": BAD,
                "pins": f"a~many~problem~data~problem.table~your CSV~problem.file~{BAD}"
                f"!b~many~problem~data~problem.target~{BAD}",
            },
            ["'<img' is not a number", f"made with the file '{BAD}'", f"'{BAD}' is none of"],
        ),
        (
            {"lab": "perceptron", "data": "own", "data.text": f"1 2 {BAD}"},
            ["'onerror=hurt=1>**b**'"],
        ),
    ],
    ids=["names", "formula", "matrix and table", "points"],
)
def test_hostile_words_of_a_link_are_shown_as_words(
    visit: Any, state: dict[str, str], shown: list[str]
) -> None:
    page = visit(urlencode(state))
    lines = warned(page)
    for words in shown:
        assert sum(words in line for line in lines) == 1
    assert len(lines) == len(shown)
    unharmed(page)


def test_a_pin_with_a_hostile_name_shows_it_as_words(visit: Any) -> None:
    page = visit(urlencode({"lab": "one", "pins": f"{BAD}~one~eta~0.1!slow~one~eta~0.05"}))
    first, second = (page.get_by_label("Name of the pin").nth(i) for i in (0, 1))
    assert first.input_value() == BAD
    other = BAD.replace("=1", "=2")
    second.fill(other)
    second.press("Enter")
    page.wait_for_function(
        "() => /hurt(=|%3D)2/.test(new URLSearchParams(location.search).get('pins'))"
    )
    chrome.settle(page)
    unharmed(page)
    page.reload()
    chrome.wait_idle(page)
    assert (first.input_value(), second.input_value()) == (BAD, other)
    unharmed(page)


@pytest.mark.parametrize(
    ("link", "label", "words", "said"),
    [
        ("lab=newton&ground=formula", "E =", BAD, "“<” (U+003C) means nothing"),
        ("lab=many&problem=typed", "matrix A", f"1, 2\n{BAD}, 3", "'<img' is not a number"),
        ("lab=perceptron&data=own", "points", f"1 2 +\n1 3 {BAD}", "'onerror=hurt=1>**b**'"),
    ],
)
def test_hostile_words_that_are_typed_stay_in_their_box_and_the_line_beside_it_is_words(
    visit: Any, link: str, label: str, words: str, said: str
) -> None:
    page = visit(link)
    box = page.get_by_role("textbox", name=label, exact=True)
    box.fill(words)
    box.press("Control+Enter")
    line = page.locator("[data-testid=stSidebar] [data-testid=stMarkdown]").filter(has_text=said)
    line.first.wait_for(timeout=15_000)
    chrome.settle(page)
    assert box.input_value() == words
    unharmed(page)


ROWS = [f"{i},{i * i % 7},{'uv'[i % 2]}" for i in range(12)]
NUMBERS = "\n".join([f"a,b,{BAD}", *(row.replace("u", "1").replace("v", "2") for row in ROWS)])
CLASSES = "\n".join([f"a,b,{BAD}", *(row.replace("u", BAD) for row in ROWS)])


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("lab=many&problem=data&problem.table=your CSV", NUMBERS),
        ("lab=perceptron&data=csv&second=none", CLASSES),
        ("lab=network&data=table&data.table=your CSV&steps=20&hidden=3", CLASSES),
    ],
    ids=["many", "perceptron", "network"],
)
def test_hostile_words_of_a_file_are_shown_as_words(visit: Any, link: str, text: str) -> None:
    page = visit(link)
    assert BAD not in page.locator(MAIN).inner_text()
    page.locator("input[type=file]").set_input_files(
        {"name": f"{BAD[:20]}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.wait_for_function(
        "bad => document.querySelector('[data-testid=stMain]').innerText.includes(bad)",
        arg=BAD,
        timeout=30_000,
    )
    chrome.settle(page)
    unharmed(page)


NONSENSE = ["", "-1e308", "nan", "∞", "a~b!c", "%00", BAD, "w**9" * 40]


def test_a_file_that_is_too_large_gets_one_clear_line_until_another_comes(visit: Any) -> None:
    page = visit("lab=many&problem=data&problem.table=your+CSV")
    uploader = page.locator("[data-testid=stFileUploader]")
    limit = f"at most {MAX_MB} MB"
    lines = uploader.get_by_role("alert")
    rows = "x,z,y\n" + "\n".join(f"{i},{i * i % 7},{i * 3 % 5}" for i in range(12))

    def put(name: str, raw: bytes) -> None:
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": raw}
        )
        uploader.get_by_title(name).wait_for()
        chrome.settle(page)

    assert limit in uploader.inner_text()
    for name in ("big.csv", "bigger.csv"):
        put(name, b"1,2\n" * (MAX_MB * 300_000))
        (line,) = [line for line in lines.all() if line.is_visible()]
        box = line.bounding_box()
        assert (
            f"must be {MAX_MB}.0MB or smaller" in line.inner_text()
            and limit in uploader.inner_text()
        )
        assert box["width"] > 100 and box["height"] > 10, "it can be read"
    put("good.csv", rows.encode())
    page.wait_for_function("() => document.body.innerText.includes('12 rows; y from 2 features')")
    assert not [line for line in lines.all() if line.is_visible()]
    put("bad.csv", b"x,y\n1,2\n3\n")
    refused = page.get_by_text("line 3 has 1 cell and line 1 has 2")
    refused.first.wait_for()
    assert refused.count() == 2, "beside the control, and above the pictures"
    page.get_by_text("In use: good.csv").wait_for()
    chrome.settle(page)
    said = page.locator(MAIN).inner_text()
    assert "12 rows; y from 2 features" in said and "Choose your CSV" not in said


@pytest.mark.parametrize("seed", range(4))
def test_any_link_leads_to_a_page_that_says_what_it_replaced(visit: Any, seed: int) -> None:
    rng = random.Random(seed)
    kind = LABS[seed % len(LABS)]
    numbers = [name for name, knob in knobs(kind).items() if isinstance(knob, Range)]
    wrong = set(rng.sample(numbers, rng.randint(1, len(numbers))))
    usual = permalink.write(kind())
    link = {"lab": kind.key} | {
        n: rng.choice(NONSENSE) if n in wrong else usual[n] for n in numbers
    }
    # Controls of other labs are told; names that are nobody's are not.
    others = {name for other in LABS if other is not kind for name in knobs(other)} - set(
        knobs(kind)
    )
    unknown = {name: "1" for name in rng.sample(sorted(others), 2)}
    foreign = {f"{word}{i}": word for i, word in enumerate(rng.sample(NONSENSE, 2), 1)}
    page = visit(urlencode(link | unknown | foreign | {"claim": "∞", "pins": "a~b!c"}))
    told = [
        "There is no experiment '∞'",
        *(f"The link's {name} is replaced by its default" for name in wrong),
        *(f"'{name[:40]}' is no control of {kind.title}" for name in unknown),
        "pin 'a' is left out",
        "pin 'c' is left out",
    ]
    *lines, last = warned(page)
    assert last == f"and {len(told) - 5:,} more" if len(told) > 5 else last in told[-1]
    lines = lines if len(told) > 5 else [*lines, last]
    assert len(lines) == min(5, len(told))
    said = [[words for words in told if words in line] for line in lines]
    assert all(len(found) == 1 for found in said), (
        "a line for each, and nothing is told of the others"
    )
    assert len({found[0] for found in said}) == len(lines) and said[0] == told[:1]
    assert page.locator(CHART).count()
    assert {name: parameter(page, name) for name in numbers} == {n: usual[n] for n in numbers}
    unharmed(page)
