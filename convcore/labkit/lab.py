"""What a lab is: settings that can be studied, and a study that can be shown."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self

from convcore.charts.picture import Panels, Picture
from convcore.knobs import knobs
from convcore.labkit.headline import Headline
from convcore.labkit.html import markdown_html, markdown_plain
from convcore.labkit.prediction import Question
from convcore.labkit.settings import Settings
from convcore.labkit.study import Found, Record, Study, StudyJob
from convcore.labkit.tables import Facts
from convcore.parallel import Report


@dataclass(frozen=True, eq=False)
class Result:
    """The views of a study: what happens in words, pictures and tables.

    study: what they were made from. headline: what happened, in a sentence. said: what happens and why,
    in numbers, a fact each (Markdown). pictures: the panels. facts: small tables, theory next to
    measurement. notes: remarks, a line each. read: what was understood of a file of the user's (Markdown),
    "" if there is none. awaits: which file is still missing, and what is shown until then (Markdown).
    predicted, measured: what theory says of the run and what it did, in a few words each, to compare with
    other runs.
    """

    study: Study
    headline: Headline
    said: tuple[str, ...]
    pictures: tuple[Picture, ...]
    facts: tuple[Facts, ...]
    notes: tuple[str, ...] = ()
    read: str = ""
    awaits: str = ""
    predicted: str = "–"
    measured: str = "–"

    @property
    def sentence(self) -> str:
        """`said` as one paragraph."""
        return " ".join(self.said)

    @property
    def record(self) -> Record:
        """The run as a table, for the CSV: made on each access."""
        return self.study.record()

    def __repr__(self) -> str:
        lines = (self.headline.plain, markdown_plain(self.headline.below))
        return f"<{self.study.settings.title}: {' '.join(filter(None, lines))}>"

    def html(self) -> str:
        """The headline, the pictures, the tables, and why, for a notebook or as a page of its own."""
        headline = markdown_html(self.headline.markdown)
        said = "".join(f"<li>{markdown_html(each)}</li>" for each in (*self.said, *self.notes))
        tables = "\n".join(table._repr_html_() for table in self.facts)
        return (
            f'<p style="font-size:1.25em;margin:0 0 4px">{headline}</p>'
            f'<p style="opacity:0.8;margin:0 0 8px">{markdown_html(self.headline.below)}</p>\n'
            f"{Panels(self.pictures).html()}\n{tables}\n"
            f"<details><summary>Why?</summary><ul>{said}</ul></details>"
        )

    _repr_html_ = html


@dataclass(frozen=True)
class Offer:
    """A lab with another setting: its key, the setting in words with its steps, and the lab."""

    key: str
    text: str
    lab: Lab


@dataclass(frozen=True, eq=False)
class Tuning:
    """Which settings of a lab are fastest: a sentence, the map of all that were tried, and an offer.

    fastest: the best setting in words, with its steps. best: the lab with it. They are "" and None if no
    setting reaches the goal. own: of each method or schedule in use the best setting, if one reaches it.
    """

    sentence: str
    fastest: str
    best: Lab | None
    picture: Picture
    own: tuple[Offer, ...] = ()

    @property
    def offer(self) -> str:
        """The label of the button that takes the best setting; "" if there is none."""
        return f"Use the best: {self.fastest}" if self.fastest else ""

    def __repr__(self) -> str:
        return f"<Tuning: {self.fastest or 'no setting reaches the goal'}; best = {self.best!r}>"

    def html(self) -> str:
        """The sentence and the map of all settings, for a notebook."""
        return f"<p>{markdown_html(self.sentence)}</p>\n{self.picture.html()}"

    _repr_html_ = html


@dataclass(frozen=True)
class Track:
    """What η does: it comes closer up to `turn`, jumps across up to `limit`, and runs away beyond.

    names: values of η that have a name, with it.
    """

    turn: float
    limit: float
    names: tuple[tuple[float, str], ...]


Box = tuple[int, int, int, int]  # left, top, width, height in px of a picture


class Studied(Protocol[Found]):
    """A lab whose studies are of one type."""

    @property
    def study_job(self) -> StudyJob[Found]:
        """As `Lab.study_job`."""


class Lab(Settings):
    """A lab: its fields, each with a knob, are the controls; a value of it is the whole state."""

    aside: ClassVar[str] = ""  # the title above `besides`; "" if there are none
    unit: ClassVar[str] = "step"  # what its runs are played by

    @property
    def settings(self) -> Settings:
        """The same values without the lab: an instance of its settings class."""
        kind = next(base for base in type(self).__mro__ if not issubclass(base, Lab))
        settings: Any = object.__new__(kind)
        vars(settings).update(vars(self))  # valid already, with all that was cached on the way
        return settings

    @property
    @abstractmethod
    def study_job(self) -> StudyJob[Study]:
        """Its study function, to be called with its `settings`."""

    def study(self: Studied[Found], report: Report | None = None) -> Found:
        """Run it: pure, and the expensive part. A `report(fraction)` may raise to stop it."""
        return self.study_job.compute(report)

    @abstractmethod
    def show(self, study: Any) -> Result:
        """The views of a study of this lab."""

    def run(self, report: Report | None = None) -> Result:
        """Study it and show the study; `report` as for `study`."""
        return self.show(self.study(report))

    def panels(self) -> Panels:
        """The pictures of a run, which display themselves in a notebook."""
        return Panels(self.run().pictures)

    def _repr_html_(self) -> str:
        """Its run, in a notebook."""
        return self.run().html()

    def besides(self) -> tuple[Picture, ...]:
        """Extra pictures that show no run, such as times measured on this machine; made only on request."""
        return ()

    def race(self) -> Tuning | None:
        """Which η and which method or schedule is fastest here; None if there is nothing to compare."""
        return None

    def grips(self, width: int) -> dict[str, Box]:
        """Where a picture `width` px wide has what controls or keys move too, by the fields' names."""
        return {}

    def track(self) -> Track | None:
        """What happens along the control of η; None where theory does not know."""
        return None

    @abstractmethod
    def given(self) -> Picture:
        """What is there before the run, to predict it by: the function and the start, or the points."""

    @abstractmethod
    def question(self) -> Question:
        """What to ask before this lab is shown."""

    @abstractmethod
    def answer(self, study: Any) -> str:
        """The answer of a study of this lab to its question, one of the options."""

    def picked(self, selection: str, point: Mapping[str, Any]) -> Self:
        """The lab after a click that selected `point` in a picture; only fields change."""
        values = {name: point[name] for name in knobs(type(self)) if name in point}
        return replace(self, **values)  # type: ignore[type-var]
