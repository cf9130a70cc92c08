"""The glossary on the page: a list of terms, the help of a control, the terms of a picture."""

from __future__ import annotations

from functools import cache

from convcore.charts.picture import Picture, Template
from convcore.charts.words import words
from convcore.knobs import Knob
from convcore.labkit.glossary import Term, terms_in


def explained(terms: tuple[Term, ...]) -> str:
    """Entries of the glossary, one a line (Markdown)."""
    return "\n".join(f"- {term.markdown}" for term in terms)


@cache
def help_of(knob: Knob) -> str | None:
    """What a control sets, and the terms of its label (Markdown); None if there is nothing to say."""
    return "\n\n".join(filter(None, [knob.help, explained(terms_in(knob.label))])) or None


@cache
def plain_help_of(knob: Knob) -> str:
    """The same without markup, a line each."""
    terms = (f"{term.name}: {term.means}" for term in terms_in(knob.label))
    return "\n".join(filter(None, [knob.help, *terms]))


def words_of(picture: Picture, width: int) -> str:
    """All words of a picture for a page `width` pixels wide: of its template, and of its tables."""
    columns = (column for table in picture.tables.values() for column in table.values())
    texts = {cell for column in columns for cell in column if isinstance(cell, str)}
    return " ".join([_constant(picture.template, width), *sorted(texts)])


@cache
def _constant(template: Template, width: int) -> str:
    return " ".join(words(template.spec(width)))
