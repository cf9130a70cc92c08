"""The glossary: what it finds in a text, and that it has what headlines use."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from convcore.claims import CLAIMS, Claim
from convcore.labkit.glossary import BY_FORM, GLOSSARY, Term, terms_in
from convcore.labs import LABS, Lab, ManyWeights, OneWeight, TaylorAndNewton
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


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_no_symbol_of_a_headline_is_missing(kind: type[Lab]) -> None:
    made = kind().run().headline
    assert unexplained(made.plain) == "" and unexplained(made.theory) == "", made
    assert terms_in(made.plain)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_no_symbol_of_a_claims_headline_is_missing(claim: Claim) -> None:
    made = claim.lab.run().headline
    assert unexplained(made.plain) == "" and unexplained(made.theory) == "", made


@settings(max_examples=60)
@given(labs(OneWeight) | labs(TaylorAndNewton) | labs(ManyWeights))
def test_no_symbol_of_a_drawn_headline_is_missing(lab: Lab) -> None:
    made = lab.run().headline
    assert unexplained(made.plain) == "" and unexplained(made.theory) == "", made
