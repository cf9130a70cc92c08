"""A lesson: a teacher's own list of claims and labs, walked in order, and the text that holds it in a link.

``4,8~eta~1.2,one~a~3``: a stop is the number of a claim or the key of a lab, and what differs from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from convcore.claims import CLAIMS
from convcore.labs import LABS

MOST = 40  # stops
LONGEST = 3000  # characters of all stops, so that the link stays under 4,000
MAX_TITLE = 80  # characters
MARK, AND = ",", "~"  # between stops, and between the words of one
HEADS = {str(claim.number): "claim" for claim in CLAIMS} | {kind.key: "lab" for kind in LABS}


@dataclass(frozen=True)
class Lesson:
    """A lesson, and where one is in it.

    stops: each as `stop` writes it. at: the open stop, from 1; 0 if something else is open. title: as its
    author wrote it, or "".
    """

    stops: tuple[str, ...]
    at: int = 0
    title: str = ""

    @property
    def here(self) -> dict[str, str]:
        """The parameters of the link of the open stop; none if there is none."""
        return params(self.stops[self.at - 1]) if self.at else {}

    def gone(self, by: int) -> Lesson | None:
        """The lesson so many stops on; None if there is none."""
        to = self.at + by
        return replace(self, at=to) if 1 <= to <= len(self.stops) else None

    def with_stop(self, text: str) -> Lesson | None:
        """The lesson with one more stop, which is then open; None if it is full."""
        stops = (*self.stops, text)
        if len(stops) > MOST or len(MARK.join(stops)) > LONGEST:
            return None
        return replace(self, stops=stops, at=len(stops))

    def titled(self, title: str) -> Lesson:
        """The lesson with another title, shortened if need be."""
        return replace(self, title=" ".join(title[: 4 * MAX_TITLE].split())[:MAX_TITLE])

    def without(self, i: int) -> Lesson | None:
        """The lesson without stop i, from 1; None if none is left."""
        at = self.at - 1 if self.at > i else 0 if self.at == i else self.at
        stops = self.stops[: i - 1] + self.stops[i:]
        return replace(self, stops=stops, at=at) if stops else None

    def raised(self, i: int) -> Lesson:
        """The lesson with stop i, from 2, one place earlier."""
        stops = (*self.stops[: i - 2], self.stops[i - 1], self.stops[i - 2], *self.stops[i:])
        return replace(self, stops=stops, at={i: i - 1, i - 1: i}.get(self.at, self.at))


def stop(short: Mapping[str, str]) -> str:
    """A stop of the parameters of its shortest link."""
    head = "claim" if "claim" in short else "lab"
    rest = (word for pair in short.items() if pair[0] != head for word in pair)
    return AND.join(map(_escaped, (short[head], *rest)))


def params(text: str) -> dict[str, str]:
    """The parameters of the link of a stop; none if it is nothing of ours."""
    head, *rest = [*map(unquote, text.split(AND)), ""]
    if head not in HEADS:
        return {}
    return {HEADS[head]: head, **dict(zip(rest[::2], rest[1::2], strict=False))}


def read(text: str, at: str, title: str) -> tuple[Lesson | None, list[str]]:
    """The lesson of a link's parameters, and at most one line about what was left out. Never fails."""
    parts = text[: 2 * LONGEST].split(MARK, MOST) if text.strip() else []
    stops, length = list[str](), 0
    whole = len(parts) - (len(text) > 2 * LONGEST)  # the last one is cut
    for part in parts[: min(whole, MOST)]:
        if found := params(part.strip()):
            made = stop(found)
            length += len(made) + 1
            if length > LONGEST:
                break
            stops.append(made)
    lost = text.count(MARK) + 1 - len(stops) if parts else 0
    stops_left = f"{lost:,} of {lost + len(stops):,} stops"
    lines = [f"{stops_left} of the link's lesson are left out: {_why}."] if lost else []
    if not stops:
        return None, lines
    here = int(at) if at.isascii() and at.isdigit() and len(at) < 4 else 1
    return Lesson(tuple(stops), here if here <= len(stops) else 1).titled(title), lines


_why = f"a stop is the number of a claim or the name of a lab, and a lesson has at most {MOST}"


def write(lesson: Lesson) -> dict[str, str]:
    """The parameters that hold a lesson."""
    held = {"lesson": MARK.join(lesson.stops), "at": str(lesson.at)}
    return held | ({"title": lesson.title} if lesson.title else {})


def _escaped(word: str) -> str:
    return quote(word, safe=" ").replace(AND, "%7E")
