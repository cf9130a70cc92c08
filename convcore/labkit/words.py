"""Numbers and verdicts in words, for the sentences of the labs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from convcore.descent.descent import Trajectory
from convcore.descent.divergence import GROWTH
from convcore.descent.theory import SAME

# Of a run that the factor of its steps shows to diverge, though it has not gone far yet.
DIVERGING = "diverging when the steps ran out"
Thing = TypeVar("Thing")
SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FEW = 5  # lines of a list whose length a visitor chooses

MARKS = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|$~:&]")
# What Markdown searches the text for when all marks are read, so that no escape helps: links, addresses of
# mail, names of emoji and icons, and between blanks arrows and the like.
REWRITTEN = re.compile(
    r"https?://|www\.|\S@\S|:[\w+-]+:|:material/|^(?:<->|->|<-|--|>=|<=|~=)$", re.IGNORECASE
)
BLANKS = re.compile(r"[\s\ufeff]+")  # as JavaScript has them
AROUND = re.compile(r"^([('\"]*)(.*?)([)'\",.;]*)$")  # punctuation that is not part of a name
# What code cannot hold: its own mark, those of tables and directives, and Streamlit's mark of an icon.
NO_CODE = re.compile(r"([\\`|\[\]]|:(?=material/))")


def subscript(k: int) -> str:
    """A whole number in small digits below the line: w₁₂."""
    return str(k).translate(SUBSCRIPTS)


def superscript(k: int) -> str:
    """A whole number in small digits above the line: 10⁻³."""
    return str(k).translate(SUPERSCRIPTS)


def num(x: float, digits: int = 4) -> str:
    """A number as a reader writes it: 0.25, −3, 1.2·10⁻⁷; "never" is for counts, so inf is ∞."""
    if math.isnan(x):
        return "–"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    text = f"{x + 0.0:.{digits}g}"  # and no −0
    if "e" not in text:
        return text.replace("-", "−")
    mantissa, exponent = text.split("e")
    return f"{mantissa.replace('-', '−')}·10{superscript(int(exponent))}".replace(
        "1·10", "10", 1 if mantissa in ("1", "-1") else 0
    )


BEYOND = "beyond double precision"


def known(x: float, doubt: float, digits: int = 4) -> str:
    """A number to the digits that it is known to, at most `digits`, by its relative error `doubt`.

    BEYOND if not even the first is known, or x is NaN.
    """
    if math.isnan(x) or doubt > 0.05:
        return BEYOND
    return num(x, digits if doubt < 10**-digits else max(1, math.floor(-math.log10(doubt))))


def unlike(x: float, *marks: float, digits: int = 4) -> str:
    """A number with enough digits to read differently from each of the marks that it is not equal to."""
    for mark in marks:
        if abs(x - mark) > SAME * abs(mark):
            digits = next((d for d in range(digits, 17) if num(x, d) != num(mark, d)), 17)
    return num(x, digits)


def apart(*xs: float, digits: int = 4) -> tuple[str, ...]:
    """Numbers with as many digits as tell those apart that differ; the same text for those that do not."""
    for d in range(digits, 18):
        texts = tuple(num(x, d) for x in xs)
        pairs = [(i, j) for i in range(len(xs)) for j in range(i)]
        if all(
            texts[i] != texts[j] for i, j in pairs if not math.isclose(xs[i], xs[j], rel_tol=SAME)
        ):
            break
    return texts


def reached(k: float, tolerance: float, ran: int) -> str:
    """That a run of `ran` steps reached the tolerance at step k: one tolerance, in all sentences."""
    return f"reached {percent(tolerance)} at step {count(k)} (of {count(ran)} run)"


def count(steps: float, doubt: float = 0.0) -> str:
    """A number of steps: 12, or ≈ 1.4·10⁷; inf is "never", NaN "more than 20,000".

    doubt: about the relative error that rounding leaves in one beyond 10⁷, whose other digits are not said.
    """
    if math.isinf(steps):
        return "never"
    if math.isnan(steps):
        return "more than 20,000"
    if steps < 1e7:
        return f"{int(steps):,}"
    digits = known(steps, doubt, 3)
    return f"over 10⁷ ({BEYOND})" if digits == BEYOND else f"≈ {digits}"


def steps(k: float, doubt: float = 0.0) -> str:
    """A number of steps with its noun; doubt: see `count`."""
    return f"{count(k, doubt)} step" if k == 1 else f"{count(k, doubt)} steps"


def several(n: int, noun: str) -> str:
    """A number of things: 1 number, 3 numbers, 20,000 rows."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def awaited(shown: str) -> str:
    """Asks for a file, and says what is shown until then (Markdown)."""
    return f"**Choose your CSV file.** Until one can be used, {shown} is shown."


def percent(tolerance: float) -> str:
    """A share of the starting error: 0.1 %."""
    return f"{num(100 * tolerance, 3)} %"


def predicted_text(k: float | None, tolerance: float, doubt: float = 0.0) -> str:
    """The predicted steps to a tolerance, to compare with other runs; "–" without a prediction.

    doubt: see `count`.
    """
    if k is None or math.isnan(k):
        return "–"
    return (
        f"never to {percent(tolerance)}"
        if k == math.inf
        else f"{steps(k, doubt)} to {percent(tolerance)}"
    )


def followed(k: float, run: Trajectory) -> str:
    """What to add to the predicted steps k if the run was stopped before them."""
    lost = run.gone and math.isfinite(k)
    return f", if followed beyond step {count(float(run.length))}" if lost else ""


def stopped(run: Trajectory) -> str:
    """Why a run ends early although its schedule would bring it back."""
    return (
        f"the run is stopped at step {count(float(run.length))}, as E − E* is past {num(GROWTH)} "
        "times its start"
    )


def taken(k: float, limit: int) -> str:
    """The measured steps to the tolerance, of at most `limit`, to compare with other runs."""
    return steps(k) if k < math.inf else f"not in {steps(limit)}"


def at_end(run: Trajectory) -> str:
    """The loss where a run ends, to compare with other runs."""
    return f"E = {num(float(run.loss[-1]))} at step {count(float(run.length))}"


def quoted(text: str) -> str:
    """A foreign text as Markdown that shows it as it is, in a paragraph, a list, a table or a directive.

    All that a visitor, a link or a file can choose goes through here. Marks are escaped. A word of which
    Markdown would make a link, an icon or an arrow all the same becomes code, which it leaves alone.
    """
    # A line break would begin another block, and a blank at an end keeps bold words from being bold.
    words = filter(None, BLANKS.split(text))
    return " ".join(_as_code(word) if REWRITTEN.search(word) else _escaped(word) for word in words)


def _escaped(text: str) -> str:
    return MARKS.sub(r"\\\g<0>", text)


def _as_code(word: str) -> str:
    before, inner, after = AROUND.findall(word)[0]
    parts = NO_CODE.split(inner)  # every second is a mark
    code = (_escaped(x) if i % 2 else f"`{x}`" if x else "" for i, x in enumerate(parts))
    return f"{_escaped(before)}{''.join(code)}{_escaped(after)}"


def first_few(things: Sequence[Thing], say: Callable[[Thing], str]) -> list[str]:
    """The words of the first FEW things, and how many more there are: for lists of any length."""
    more = len(things) - FEW
    return [*map(say, things[:FEW]), *([f"and {more:,} more"] if more > 0 else [])]
