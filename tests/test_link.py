"""Links to the page: they hold what they are to hold, whatever others append to them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.claims import CLAIMS
from convcore.labs import LABS, ManyWeights, OneWeight, RoughGround
from convcore.session import permalink
from convcore.session.pinned import Pin
from convcore.teaching import link as links
from convcore.teaching.link import Link
from tests.draw import SEEDS, labs, often

# What mail programs, search engines, learning platforms and messengers append, and what nobody does.
FOREIGN = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "twclid",
    "ttclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "ref",
    "ref_src",
    "source",
    "si",
    "s",
    "id",
    "token",
    "sessionid",
    "sid",
    "course",
    "courseid",
    "section",
    "forceview",
    "redirect",
    "returnurl",
    "lang",
    "locale",
    "theme",
    "debug",
    "nocache",
    "v",
    "ver",
    "version",
    "time",
    "t",
    "q",
    "x",
    "y",
    "from",
    "via",
    "share",
    "safelinks",
    "url",
    "amp;eta",
    "ETA",
    "Lab",
    "Claim",
    "ünï",
    "w₀",
    "-",
    ".",
    "~",
    "%",
]
OURS = frozenset[str]().union(*map(permalink.names, LABS)) | {
    "lab",
    "claim",
    "pins",
    "predict",
    "lesson",
    "at",
    "title",
    "view",
    "exercise",
    "numbers",
}


def foreign(rng: random.Random) -> dict[str, str]:
    """One to five names that are not ours, with any value, such as one of ours."""
    texts = ["", "1", "1.2", "IwAR0 x", "newton", "one", "∞", "<b>", "5&eta=3"]
    odd = "".join(rng.choices("abcdefgxyz_-.", k=rng.randint(1, 12)))
    names = {*rng.sample(FOREIGN, rng.randint(1, 4)), odd} - OURS
    return {name: rng.choice(texts) for name in names}


def test_what_others_append_changes_nothing_and_is_not_spoken_of() -> None:
    rng = random.Random(30)
    assert not OURS & set(FOREIGN)
    for _ in range(500):
        claim = rng.choice(CLAIMS)
        usual = permalink.write(claim.lab)
        ours = rng.choice(
            [
                {"claim": str(claim.number)},
                {"claim": str(claim.number), **usual},
                {"lab": claim.lab.key},
                {name: usual[name] for name in ("lab", rng.choice(list(usual)))},
                links.write(Link(claim.lab, claim, (Pin("a", OneWeight(eta=0.3)),))),
            ]
        )
        mixed = [*ours.items(), *foreign(rng).items()]
        rng.shuffle(mixed)
        found, lines = links.read(dict(mixed))
        assert (found, lines) == links.read(ours)
        if "claim" in ours:
            assert (found.lab, found.claim, lines) == (claim.lab, claim, [])


@given(labs(), SEEDS)
@often(30, 400)
def test_a_drawn_lab_opens_whatever_is_appended(lab: object, seed: int) -> None:
    params = links.write(Link(lab))  # type: ignore[arg-type]
    assert links.read(params | foreign(random.Random(seed))) == links.read(params)


def test_values_of_a_claim_are_replaced_by_its_link() -> None:
    link, lines = links.read({"claim": "8", "eta": "1.2"})
    claim = CLAIMS[7]
    assert isinstance(link.lab, ManyWeights) and isinstance(claim.lab, ManyWeights)
    assert (link.claim, link.lab.eta, lines) == (claim, 1.2, [])
    assert link.lab.problem == claim.lab.problem and link.lab.steps == claim.lab.steps == 20


def test_a_bad_value_of_a_claim_is_replaced_and_named() -> None:
    link, lines = links.read({"claim": "8", "eta": "much", "utm_source": "x"})
    assert link.claim == CLAIMS[7] and isinstance(link.lab, ManyWeights)
    assert len(lines) == 1 and "eta is replaced" in lines[0]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.number}")
def test_a_claim_survives_its_link(claim: object) -> None:
    for slide in (False, True):
        link = Link(claim.lab, claim, (Pin("one", OneWeight()), Pin("two", RoughGround())), slide)  # type: ignore[attr-defined, arg-type]
        assert links.read(links.write(link)) == (link, [])


def test_another_view_than_ours_is_passed_over() -> None:
    assert links.read({"claim": "8", "view": "list"}) == links.read({"claim": "8"})


@given(st.dictionaries(st.sampled_from(sorted(OURS)) | st.text(), st.text()))
@often(60, 1000)
def test_reading_a_link_never_fails(params: dict[str, str]) -> None:
    link, lines = links.read(params)
    assert links.read(links.write(link))[0].lab.key == link.lab.key
    assert all(lines)
