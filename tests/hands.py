"""How a visitor moves a control in Chromium, by drag, click, keys and typing, and what it then shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from convcore.knobs import Knob, OneOf, Range, Several, Text, Variant, Vector, Whole
from tests import browser as chrome

Move = tuple[str, Callable[[], None]]

SIDEBAR = "[data-testid=stSidebar]"
# What to type into the fields of text and of several numbers.
TYPED = {
    "newton.ground.text": ("cosh(w) + w^2", "w^4 + w^2"),
    "newton.start": ("1.5", "-0.5"),
    "many.problem.matrix": ("3, 1\n1, 2", "2, 0\n0, 5"),
    "many.problem.b": ("1, -1", "0.5, 2"),
    "many.problem.more_gaps": ("3", "4"),
    "many.start": ("1.5, 2", "-1, 2.5"),
    "rough.ground.text": ("x^2 + 3y^2 + xy", "x^2 + 2y^2"),
    "rough.start": ("1.5, 0.5", "-0.5, 1"),
    "perceptron.data.text": ("0 0 -\n2 1 +\n1 3 +", "0 0 -\n2 1 +\n-1 2 -"),
    "perceptron.data.more_gaps": ("3", "4"),
    "perceptron.data.part": ("3", "4"),
    "perceptron.start": ("1, 0.5, -1", "0, 1, 1"),
    "network.data.more_gaps": ("3", "4"),
    "network.hidden": ("3", "4, 2"),
}


def drag(page: Any, label: str, shares: list[float]) -> None:
    """Press on the track of a number and go to these shares of it in turn, then let go."""
    box = _at_rest(page, chrome.slider(page, label))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in shares:
        page.mouse.move(box["x"] + 10 + share * (box["width"] - 20), box["y"] + box["height"] / 2)
        page.wait_for_timeout(16)
    page.mouse.up()


def _at_rest(page: Any, element: Any) -> dict[str, float]:
    """Where an element is once it was scrolled to and stands, as in a drawer that has just opened."""
    before: dict[str, float] | None = None
    while True:
        element.scroll_into_view_if_needed()
        box: dict[str, float] = element.bounding_box()
        if box == before:
            return box
        before = box
        page.wait_for_timeout(50)


def told(page: Any) -> str:
    """The words of the page, without those beside the controls."""
    return str(page.locator("[data-testid=stMain]").inner_text())


def shown(page: Any) -> tuple[str, str]:
    """What the page shows: its headline and its pictures."""
    headline = page.locator("[role=status]").first.inner_text()
    return str(headline), str(page.evaluate(chrome.SHOWN))


def refused(page: Any) -> list[str]:
    """What is said beside the controls about values that cannot be."""
    found: list[str] = page.locator(f"{SIDEBAR} .stMarkdownColoredText").all_inner_texts()
    return found


def as_its_link_shows(page: Any, other: Any = None) -> None:
    """The page opened from its address, here or in another tab, shows the same pictures and words."""
    page.mouse.move(5, 5)
    chrome.settle(page, 600)
    pictures, words = page.evaluate(chrome.SHOWN), told(page)
    opened = other or page
    opened.goto(page.url)
    chrome.wait_idle(opened)
    assert told(opened) == words
    assert opened.evaluate(chrome.SHOWN) == pictures


class Hand:
    """The hand on a control of a page."""

    def __init__(self, page: Any, path: str, knob: Knob) -> None:
        self.page, self.path, self.knob, self.label = page, path, knob, knob.label
        role = "combobox" if isinstance(knob, Variant | OneOf) else "textbox"
        name = f"{self.label}, value" if isinstance(knob, Range) else self.label
        self.box = page.locator(SIDEBAR).get_by_role(role, name=name, exact=True)

    def usable(self) -> bool:
        """Whether it is there and can be moved."""
        return self.box.count() == 1 and self.box.is_enabled()

    def shows(self) -> Any:
        """What it shows, as text; of several that are chosen, their names."""
        if isinstance(self.knob, Several):
            return tuple(tag.strip() for tag in self._tags().all_inner_texts())
        return self.box.input_value()

    def means(self, text: str) -> Any:
        """What it is to show for a value of the address."""
        if isinstance(self.knob, Variant):
            return self.knob.labels[text]
        if isinstance(self.knob, Several):
            return tuple(self.knob.name_of(one) for one in text.split("|") if one)
        if isinstance(self.knob, OneOf):
            return self.knob.name_of(text)
        return f"{float(f'{float(text):.6g}'):.12g}" if isinstance(self.knob, Range) else text

    def agrees(self, text: str) -> bool:
        """Whether it shows what the address has."""
        if isinstance(self.knob, Range):
            return float(self.shows()) == float(f"{float(text):.6g}")
        return bool(self.shows() == self.means(text))

    def moves(self) -> Iterator[Move]:
        """Each way to move it, in turn."""
        match self.knob:
            case Range():
                yield "drag", lambda: drag(self.page, self.label, [0.5, 0.45, 0.4, 0.35])
                yield "key", self._key
                yield "typing", lambda: self.put(self.typed)
            case Several():
                yield "typing", self._add
                yield "click", self._take_off
                yield "key", self._backspace
            case Variant() | OneOf():
                yield "click", self._click
                yield "key", self._arrow
            case Vector() | Text():
                one, other = TYPED[self.path]
                yield "click", lambda: self.type(one, away=True)
                yield "key", lambda: self.type(other, away=False)
            case _:
                raise TypeError(f"tests/hands.py cannot move a {type(self.knob).__name__} yet")

    def put(self, shown: Any) -> None:
        """Let it show this again."""
        if isinstance(self.knob, Range):
            self.box.fill(shown)
            self.box.press("Enter")
        elif isinstance(self.knob, Several):
            for name in self.shows():
                if name not in shown:
                    self._tags().filter(has_text=name).get_by_role("button").click()
                    chrome.settle(self.page)
            for name in shown:
                if name not in self.shows():
                    self._open()
                    self.page.get_by_role("option", name=name, exact=True).click()
                    self.page.keyboard.press("Escape")
                    chrome.settle(self.page)
        elif isinstance(self.knob, Variant | OneOf):
            self._open()
            self.box.fill(shown)  # of a long list only what is in sight is on the page
            self.page.get_by_role("option", name=shown, exact=True).click()
        else:
            self.type(shown, away=False)

    @property
    def typed(self) -> str:
        """A number that it does not show."""
        knob = self.knob
        assert isinstance(knob, Range)
        for share in (0.62, 0.2):
            span = knob.high - knob.low
            value = (
                knob.low * (knob.high / knob.low) ** share if knob.log else knob.low + share * span
            )
            text = f"{value:.0f}" if isinstance(knob, Whole) else f"{value:.2g}"
            if float(text) != float(self.shows()):
                break
        return text

    def type(self, text: str, away: bool) -> None:
        """Type a text in place of what is there, and leave the field by the pointer or by a key."""
        self.box.click()
        self.page.keyboard.press("Control+A")
        if text:
            self.box.fill(text)
        else:
            self.page.keyboard.press("Delete")
        if away:
            self.page.locator("h1").click()
        else:
            self.page.keyboard.press("Control+Enter")

    def _key(self) -> None:
        chrome.slider(self.page, self.label).focus()
        before = self.shows()
        self.page.keyboard.press("ArrowRight")
        if self.shows() == before:  # it is at its end
            self.page.keyboard.press("ArrowLeft")

    def _open(self) -> None:
        _at_rest(self.page, self.box)  # a list closes when what it is at moves
        self.box.click()
        self.page.get_by_role("option").first.wait_for()

    def _click(self) -> None:
        shown = self.shows()
        self._open()
        names = self.page.get_by_role("option").all_inner_texts()
        at = names.index(shown)
        self.page.get_by_role("option").nth(at - 1 if at else 1).click()

    def _arrow(self) -> None:
        self.box.focus()
        self.page.keyboard.press("ArrowDown")
        self.page.get_by_role("option").first.wait_for()
        names = self.page.get_by_role("option").all_inner_texts()
        last = names.index(self.shows()) == len(names) - 1
        self.page.keyboard.press("ArrowUp" if last else "ArrowDown")
        self.page.keyboard.press("Enter")

    def _tags(self) -> Any:
        return self.box.locator("xpath=ancestor::*[@data-testid='stMultiSelect']").locator(
            "[data-tag]"
        )

    def _take_off(self) -> None:
        self._tags().last.get_by_role("button").click()

    def _add(self) -> None:
        """Type the name of one that is not chosen, and take it."""
        self._open()
        offered = [
            name
            for name in self.page.get_by_role("option").all_inner_texts()
            if name != "Select all"
        ]
        self.page.keyboard.press("Escape")
        if not offered:
            return
        self.box.fill(offered[-1])
        self.page.get_by_role("option").first.wait_for()
        names = self.page.get_by_role("option").all_inner_texts()
        for _ in range(names.index(offered[-1])):  # the first may be all that match
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Escape")

    def _backspace(self) -> None:
        """Take the last one off by a key; where there is none, take one by keys."""
        self.box.focus()
        if self._tags().count():
            self.page.keyboard.press("Backspace")
            return
        self.page.keyboard.press("ArrowDown")
        self.page.get_by_role("option").first.wait_for()
        if self.page.get_by_role("option").first.inner_text() == "Select all":
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Escape")
