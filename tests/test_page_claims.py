"""The lecture's experiments on the page: by link, one after another, and with a verdict that follows."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from convcore.claims import CLAIMS, Claim
from convcore.labs import LABS, OneWeight
from convcore.session import permalink
from tests.number_controls import number
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
    return [c.proto.id.rsplit(".", 1)[-1] for c in at.get("vega_lite_chart")] == ["before"]


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
    assert f"[{found.word.value}] {found.why}" in words(at)


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
    assert claim not in words(at)
    asked = at.radio(key="said")
    assert "a = 2, b = −2, from w₀ = 4 at η = 0.8" in asked.label
    assert any("step size η 0\\.8" in c.value for c in at.caption)
    listed = at.selectbox(key="experiment")
    assert listed.value is None and listed.placeholder == "Claim 4", "its name would tell as well"
    asked.set_value("it changes side at each step and converges").run()
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


def test_whoever_predicts_first_sees_pictures_after_the_answer_and_a_score() -> None:
    at = page({"claim": "3"})
    at.toggle(key="predict").set_value(True).run()
    assert not at.get("vega_lite_chart") and not at.exception
    assert "badge" not in words(at)
    assert [drawer.label for drawer in at.expander] == ["More"], "others would tell of the run"
    at.radio(key="said").set_value("it converges without changing side").run()
    stands(at)
    assert [drawer.label for drawer in at.main.expander] == [
        "Why? Every fact and number",
        "Which is fastest here?",
        "Share, save, copy",
    ]
    assert "**right**. Score: 1 of 1" in words(at)
    number(at, "one.eta").set_value(1.26).run()
    assert not at.get("vega_lite_chart")
    at.radio(key="said").set_value("it lands in one step").run()
    stands(at)
    assert "**no**: it runs away. Score: 1 of 2" in words(at)
    number(at, "one.look").set_value(4).run()
    stands(at)
    assert "Score: 1 of 2" in words(at)


def test_the_question_is_put_anew_by_each_experiment_and_by_no_other_page() -> None:
    at = page({"claim": "7"})
    at.toggle(key="predict").set_value(True).run()
    for _ in range(3):
        at.radio(key="said").set_value("it converges to a minimum").run()
        stands(at)
        press(at, "Next")
        assert not at.get("vega_lite_chart") and not at.exception
    press(at, "Leave")
    stands(at)
