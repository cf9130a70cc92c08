"""The glossary: what it finds in a text, and that it has what headlines use."""

from __future__ import annotations

import re

import pytest

from convcore.claims import CLAIMS
from convcore.labkit.glossary import BY_FORM, GLOSSARY, Term, terms_in

# Symbols: Greek letters, subscripts, bars, primes, single Latin capitals and what is joined to them.
SYMBOL = re.compile(r"[^\s,.:;()=·−+<>/]*[α-ωΑ-Ωλκηρτ∇″′₀-₉ₐ-ₜ‖*][^\s,.:;()=·<>]*")


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
