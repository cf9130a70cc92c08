"""The lecture's experiments on the page: by link, one after another, and with a verdict that follows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from convcore.claims import CLAIMS, Claim
from convcore.labs import LABS, OneWeight
from convcore.session import permalink
from tests.number_controls import number, numbers
from tests.test_page import complaints, link, nothing_in_the_log, page, small_trainings, stands

__all__ = ["nothing_in_the_log", "small_trainings"]


def words(at: AppTest) -> str:
    """The claim and its verdict, which are above the headline."""
    return at.main.markdown[0].value


def press(at: AppTest, name: str) -> None:
    at.button(key=f"claim.{name}").click().run()


def guess(at: AppTest, said: str) -> None:
    """Predict."""
    next(b for b in at.button if (b.key or "").startswith("guess.") and b.label == said).click()
    at.run()


def asks(at: AppTest) -> bool:
    """Whether nothing of the run is there but the ground."""
    (picture,) = at.get("vega_lite_chart")
    return "before the" in picture.proto.spec or "before the" in str(picture.proto)


def without_claim(at: AppTest) -> dict[str, str]:
    return {name: text for name, text in link(at).items() if name != "claim"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.number}")
def test_every_experiment_opens_by_its_short_link(claim: Claim) -> None:
    at = page({"claim": str(claim.number)})
    stands(at)
    assert not at.warning and not complaints(at)
    assert link(at) == {"claim": str(claim.number), **permalink.write(claim.lab)}
    assert claim.says in words(at)
    found = claim.verdict(claim.lab)
    assert f"**{claim.number}.** " in words(at)
    assert f"[{found.word.value}] **{claim.says}**" in words(at)
    assert f"Here: {found.why}" in words(at)


def test_without_an_experiment_only_the_list_of_them_is_on_the_page() -> None:
    at = page()
    assert not any((b.key or "").startswith("claim.") for b in at.button)
    assert at.selectbox(key="experiment").value is None
    assert OneWeight().run().headline.markdown in at.main.markdown[0].value
    assert "claim" not in link(at)


def test_one_walks_through_all_experiments_in_order_and_back() -> None:
    at = page({"claim": "1"})
    assert at.button(key="claim.Previous").disabled
    for following in range(2, 13):
        press(at, "Next")
        stands(at)
        assert link(at)["claim"] == str(following)
        assert f"(claim {following} of 23, {following} tried)" in words(at)
    press(at, "Previous")
    assert link(at)["claim"] == "11"
    assert at.selectbox(key="experiment").value == 11
    assert page({"claim": "23"}).button(key="claim.Next").disabled


def test_the_verdict_follows_a_control_and_the_link_holds_both() -> None:
    at = page({"claim": "3"})
    assert "[holds]" in words(at)
    number(at, "one.eta").set_value(1.26).run()
    assert "[not tried here]" in words(at) and "η = 2.52 ηₒₚₜ" in words(at)
    assert link(at)["claim"] == "3" and link(at)["eta"] == "1.26"
    again = page(link(at))
    assert words(again).split("badge")[1] == words(at).split("badge")[1]
    assert link(again) == link(at)


def test_who_predicts_is_shown_what_is_set_and_the_claim_only_with_the_answer() -> None:
    at = page({"claim": "4", "eta": "0.8"})
    claim = "oscillates and converges"
    assert claim in words(at)
    at.toggle(key="predict").set_value(True).run()
    assert asks(at) and claim not in words(at)
    assert "a = 2, b = −2, from w₀ = 4 at η = 0.8" in at.main.markdown[1].value
    (told,) = [c.value for c in at.caption]
    assert told.startswith("Set here: ") and "η = 0.8" in told
    listed = at.selectbox(key="experiment")
    assert listed.value == 4 and listed.options[4] == "Claim 5", "its name would tell as well"
    guess(at, "it changes side at each step and converges")
    assert claim in words(at) and "**right**" in words(at)


def test_reset_goes_back_to_the_experiment() -> None:
    at = page({"claim": "2"})
    number(at, "one.a").set_value(3.0).run()
    assert "[not tried here]" in words(at)
    next(b for b in at.button if b.label == "Reset").click().run()
    assert "[holds]" in words(at)
    assert link(at)["claim"] == "2"


def test_an_experiment_is_chosen_from_the_list_and_left_again() -> None:
    at = page()
    at.selectbox(key="experiment").set_value(8).run()
    stands(at)
    assert link(at)["claim"] == "8" and link(at)["lab"] == "many"
    before = without_claim(at)
    press(at, "Leave")
    stands(at)
    assert link(at) == before
    assert at.selectbox(key="experiment").value is None


def test_opening_another_lab_leaves_the_experiment() -> None:
    at = page({"claim": "2"})
    at.button_group(key="lab").set_value("many").run()
    stands(at)
    assert "claim" not in link(at)
    at.button_group(key="lab").set_value("one").run()
    assert "claim" not in link(at)


@pytest.mark.parametrize("text", ["0", "24", "-1", "x", "", "7.5", "1e1", "<b>7</b>", "9" * 400])
def test_a_nonsense_experiment_gets_one_line(text: str) -> None:
    at = page({"claim": text})
    stands(at)
    (line,) = [w.value for w in at.warning]
    assert "\n" not in line and len(line) < 300
    assert link(at) == permalink.write(LABS[0]())


def test_an_experiment_in_another_lab_gets_one_line() -> None:
    at = page({"claim": "7", "lab": "one", "eta": "0.3"})
    stands(at)
    assert len(at.warning) == 1
    assert link(at) == permalink.write(OneWeight(eta=0.3))


def test_whoever_predicts_first_sees_the_run_after_the_answer_and_a_score() -> None:
    at = page({"claim": "3"})
    at.toggle(key="predict").set_value(True).run()
    assert asks(at) and not at.exception
    assert "badge" not in words(at)
    assert [drawer.label for drawer in at.expander] == ["More"], "others would tell of the run"
    guess(at, "it converges without changing side")
    stands(at)
    assert [drawer.label for drawer in at.main.expander] == [
        "Why? Every fact and number",
        "Which is fastest here?",
        "Share, save, copy",
    ]
    assert "**right**. Score: 1 of 1" in words(at)
    number(at, "one.eta").set_value(1.26).run()
    assert asks(at)
    guess(at, "it lands in one step")
    stands(at)
    assert "**no**: it runs away. Score: 1 of 2" in words(at)
    number(at, "one.look").set_value(4).run()
    stands(at)
    assert "Score: 1 of 2" in words(at)


def test_each_claim_asks_its_own_question_and_a_guess_is_remembered() -> None:
    at = page({"claim": "7", "predict": "1"})
    for claim in CLAIMS[6:9]:
        assert asks(at) and not at.exception
        guess(at, claim.answer(claim.lab, claim.lab.study()))
        stands(at)
        press(at, "Next")
    press(at, "Previous")
    stands(at)
    assert "Score: 3 of 3" in words(at)
    press(at, "Leave")
    assert asks(at), "a lab asks, too"
    at.toggle(key="predict").set_value(False).run()
    stands(at)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"claim {claim.number}")
def test_a_link_that_asks_shows_what_is_given_and_nothing_of_the_claim(claim: Claim) -> None:
    at = page({"claim": str(claim.number), "predict": "1"})
    assert asks(at) and not at.exception and not complaints(at) and not at.warning
    assert link(at) == {"claim": str(claim.number), "predict": "1", **permalink.write(claim.lab)}
    asked = claim.question(claim.lab)
    assert [b.label for b in at.button if (b.key or "").startswith("guess.")] == [*asked.options]
    shown = " ".join(m.value for m in at.main.markdown) + " ".join(b.label for b in at.button)
    assert asked.asks in shown
    for secret in (claim.says, claim.precisely, claim.name):
        assert not secret or secret not in shown
    tracks = [track for found in numbers(at).values() for track in found.tracks.values()]
    assert not any(track["names"] for track in tracks), "the colours of η would tell"
