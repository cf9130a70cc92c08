"""What was done in a session: each claim and each prediction, with what came out, its settings and link."""

from __future__ import annotations

from dataclasses import dataclass, field

from convcore.labkit.claim import Claim
from convcore.labkit.study import Study
from convcore.labs import Lab
from convcore.session.pinned import settings
from convcore.teaching import link as links
from convcore.teaching.link import Link

MOST = 200  # entries that are kept


@dataclass(frozen=True)
class Entry:
    """A run that was looked at.

    name: its claim, or its lab. says: the claim. asked, guess, answer: of a prediction, "" if there was
    none. word, why: the verdict on the claim, "" without one. settings: those that differ from the lab's
    defaults. params: of its link.
    """

    name: str
    says: str
    asked: str
    guess: str
    answer: str
    word: str
    why: str
    settings: str
    params: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, claim: Claim | None, lab: Lab, study: Study, guess: str = "") -> Entry:
        """A run and what was predicted of it."""
        found = claim.verdict(lab, study) if claim else None
        asked = claim.question(lab) if claim else lab.question()
        answer = claim.answer(lab, study) if claim else lab.answer(study)
        return cls(
            name=f"Claim {claim.number}: {claim.name}" if claim else lab.title,
            says=claim.says if claim else "",
            asked=asked.asks if guess else "",
            guess=guess,
            answer=answer if guess else "",
            word=found.word.value if found else "",
            why=found.why if found else "",
            settings=settings(lab),
            params=tuple(links.short(Link(lab, claim)).items()),
        )

    @property
    def right(self) -> bool:
        """Whether what was predicted came out."""
        return bool(self.guess) and self.guess == self.answer


@dataclass
class Log:
    """The entries of a session, in the order in which they were first made.

    Of a claim that was tried without a prediction only the last run is kept, or each value of a slider
    would be one; of a prediction, the first.
    """

    entries: dict[tuple[str, ...], Entry] = field(default_factory=dict)

    def kept(self, entry: Entry) -> Entry:
        """Keep an entry; returns the one that is kept of its run."""
        held = self.entries
        if entry.guess:
            held.pop((entry.name,), None)  # the prediction says what the run alone would
            # Which step is shown does not make it another run.
            run = str([pair for pair in entry.params if pair[0] != "look"])
            entry = held.setdefault((entry.name, entry.asked, run), entry)
        elif not any(name == entry.name and rest for name, *rest in held):
            held[entry.name,] = entry
        while len(held) > MOST:
            del held[next(iter(held))]
        return entry

    @property
    def predicted(self) -> list[Entry]:
        """The entries with a prediction."""
        return [entry for entry in self.entries.values() if entry.guess]

    @property
    def score(self) -> str:
        """How many predictions were right: "3 of 4"."""
        return f"{sum(entry.right for entry in self.predicted)} of {len(self.predicted)}"
