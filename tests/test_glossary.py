"""The glossary: what it finds in a text, and that it has what headlines use."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from convcore.claims import CLAIMS, Claim
from convcore.knobs import Knob, Variant, knobs
from convcore.labkit.glossary import BY_FORM, GLOSSARY, Term, terms_in
from convcore.labs import LABS, Lab, ManyWeights, OneWeight, Result, TaylorAndNewton
from convcore.page.terms import help_of, plain_help_of, words_of
from convcore.setting import Setting
from tests.draw import labs

# What only mathematics is written with: Greek letters but for points' names, marks, sub- and superscripts.
SYMBOLS = re.compile(r"[α-ωΑ-Ω∇‖′″₀-₉ₐ-ₜᵀ*]")


def unexplained(text: str) -> str:
    """What is left of the symbols of a text once its terms are taken out."""
    found = [form for term in terms_in(text) for form in (term.name, *term.forms)]
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, "")
    return "".join(SYMBOLS.findall(text))


@pytest.mark.parametrize("term", GLOSSARY, ids=lambda term: term.name)
def test_a_term_is_explained_in_two_lines_and_its_claim_exists(term: Term) -> None:
    assert 20 <= len(term.means) <= 130 and term.means.endswith(".")
    assert term.claim in {0, *(claim.number for claim in CLAIMS)}
    assert (f"(?claim={term.claim})" in term.markdown) == bool(term.claim)


def test_no_two_terms_have_one_form() -> None:
    assert len(BY_FORM) == sum(1 + len(term.forms) for term in GLOSSARY)


def test_terms_are_found_as_whole_words_once_and_in_order() -> None:
    text = "At η = 2ηₒₚₜ the error jumps; the terror of η and E″ is an errors' end."
    assert [term.name for term in terms_in(text)] == ["η", "2ηₒₚₜ", "error", "E″"]
    assert terms_in("no term at all") == ()


def controls(kind: type[Setting]) -> Iterator[Knob]:
    """The knobs of a lab and of all variants in it."""
    for knob in knobs(kind).values():
        yield knob
        if isinstance(knob, Variant):
            for _, variant in knob.kinds:
                yield from controls(variant)


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_each_control_says_what_it_sets_and_no_symbol_of_it_is_missing(kind: type[Lab]) -> None:
    for knob in controls(kind):
        told = help_of(knob) or ""
        assert unexplained(f"{knob.label} {knob.help}") == "", knob
        for term in terms_in(knob.label):
            assert term.markdown in told and term.means in plain_help_of(knob)
        assert knob.help in told and knob.help in plain_help_of(knob)


def explains_itself(result: Result, headline_only: bool = False) -> None:
    """No symbol of a headline, of a table or of a picture is missing."""
    made = result.headline
    assert unexplained(made.plain) == "" and unexplained(made.theory) == "", made
    if headline_only:
        return
    for table in result.facts:
        for text in (*table.headings, *(row[0] for row in table.rows)):
            assert unexplained(text) == "", text
    for picture in result.pictures:
        for width in (880, 320):
            text = re.sub("[₀-₉]+", "ₖ", words_of(picture, width))  # of whichever step is shown
            assert unexplained(text) == "", (unexplained(text), text)


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_no_symbol_of_a_lab_is_missing(kind: type[Lab]) -> None:
    result = kind().run()
    explains_itself(result)
    assert terms_in(result.headline.plain)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_no_symbol_of_a_claim_is_missing(claim: Claim) -> None:
    explains_itself(claim.lab.run())
    assert unexplained(f"{claim.says} {claim.precisely}") == ""


@settings(max_examples=60)
@given(labs(OneWeight) | labs(TaylorAndNewton) | labs(ManyWeights))
def test_no_symbol_of_a_drawn_headline_is_missing(lab: Lab) -> None:
    explains_itself(lab.run(), headline_only=True)
