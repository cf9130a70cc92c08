"""Exercises on the page: the open one with its answer, hint and solution; the way back from its lab."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from convcore.charts.typeset import SERIF
from convcore.exercises import EXERCISES, MOST, Task, other_numbers
from convcore.exercises.answers import LONGEST, check, read
from convcore.exercises.key import as_json, entries
from convcore.exercises.moodle import moodle_xml
from convcore.exercises.paper import sheet
from convcore.exercises.typeset import formula_html, lines_html
from convcore.labkit.words import quoted
from convcore.page import copying, state
from convcore.page import streamlit_ways as ways
from convcore.teaching.practice import Practice

RIGHT, WRONG, SEEN = "right", "wrong", "seen"  # how an exercise that was tried ended
VARIANTS = 10  # of each exercise in a quiz for Moodle
NAMES = {f"exercise {n}": f"Exercise {n}  {one.name}" for n, one in enumerate(EXERCISES, 1)}
STYLE = f"""<style>
.st-key-exercise {{max-width: 46rem;}}
.st-key-exercise .set {{font: 1.1rem/1.5 {SERIF};}}
.st-key-exercise .set p {{margin: 0.15rem 0; overflow-wrap: anywhere;}}
.st-key-exercise :is(sub, sup) {{line-height: 0; font-size: 0.72em;}}
.st-key-exercise .asks {{font-weight: 600; margin: 0.5rem 0 0;}}
.st-key-exercise [role=status] {{height: auto !important; padding-bottom: 0.7rem !important;}}
@media (pointer: coarse) {{.st-key-exercise :is(button, input) {{min-height: 44px;}}}}
</style>"""


def tab() -> str:
    """The title of the browser's tab while an exercise is shown, else ""."""
    held = state.at_exercise()
    return (
        f"Exercise {held.number}: {EXERCISES[held.number - 1].name} · Convergence Explorer"
        if held
        else ""
    )


def key() -> str | None:
    """The open exercise in the list; None if there is none."""
    held = state.exercise()
    return f"exercise {held.number}" if held else None


def choose(key: str) -> None:
    """Open the exercise with this key of `NAMES`, with the numbers that the last one had."""
    held = state.exercise()
    _open(Practice(int(key.split()[1]), held.numbers if held else 0))


def bar() -> None:
    """In the lab that a hint opened: the question, and the way back to it."""
    held = state.exercise()
    if held is None or not held.in_lab:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="exercise"):
        st.html(STYLE)
        asks = f"<b>Exercise {held.number}.</b> {formula_html(held.task.asks)}"
        st.html(f'<div class="set">{asks}</div>', width="content")
        st.button(
            "Back to the exercise",
            key="exercise.back",
            on_click=partial(_open, replace(held, in_lab=False)),
        )


def page(held: Practice) -> None:
    """The open exercise."""
    task, one = held.task, EXERCISES[held.number - 1]
    with st.container(key="exercise"):
        st.html(STYLE)
        if lines := st.session_state.get("lines"):
            st.warning("\n\n".join(map(quoted, lines)))
        st.markdown(
            f"## {held.number}. {one.name}\n\n"
            f":small[:gray[{one.topic} · exercise {held.number} of {len(EXERCISES)}]]"
        )
        asks = f'<p class="asks">{formula_html(task.asks)}</p>'
        st.html(f'<div class="set">{lines_html(task.given)}{asks}</div>')
        _answer(held, task)
        _hint(held, task)
        _solution(held, task)
        _walk(held)
        if score := _score():
            st.caption(score)
        _teachers(held)


def _answer(held: Practice, task: Task) -> None:
    place = f"answer.{held.number}.{held.numbers}"

    def checked() -> None:
        state.touch()
        _reply(held, task, st.session_state[place])

    with (
        st.form("exercise.form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input(
            f"Your answer, in {task.unit}" if task.unit else "Your answer",
            key=place,
            width=240,
            placeholder="as −0.4, 1/3 or 2.5e-3",
            max_chars=LONGEST,
            autocomplete="off",
            persist_state="session",
        )
        st.form_submit_button("Check", type="primary", on_click=checked)
    ways.announced(_replies().get(_key(held), ""), help="", data={})


def _reply(held: Practice, task: Task, text: str) -> None:
    """Keep what is said to an answer, and whether it is right."""
    try:
        reply = check(task, read(text, task))
    except ValueError as error:
        _replies()[_key(held)] = quoted(str(error))
        return
    badge = ":green-badge[right]" if reply.right else ":orange-badge[not yet]"
    says = reply.says.removeprefix("Right: ")
    _replies()[_key(held)] = f"{badge} {quoted(says)}"
    if _done().get(_key(held)) not in (RIGHT, SEEN):
        _done()[_key(held)] = RIGHT if reply.right else WRONG


def _hint(held: Practice, task: Task) -> None:
    drawer = st.expander("Hint", key=f"hint.{held.number}.{held.numbers}", on_change="rerun")
    if state.is_open(drawer):
        with drawer:
            st.html(f'<div class="set">{formula_html(task.hint)}</div>')
            st.button(
                f"Open it in the lab “{task.lab.title}”",
                key="exercise.lab",
                on_click=partial(_to_lab, held),
            )


def _solution(held: Practice, task: Task) -> None:
    drawer = st.expander(
        "Solution", key=f"solution.{held.number}.{held.numbers}", on_change="rerun"
    )
    if state.is_open(drawer):
        if _done().get(_key(held)) != RIGHT:
            _done()[_key(held)] = SEEN
        with drawer:
            said = (
                f'{lines_html(task.solution)}<p class="asks">{formula_html(task.answer_text)}</p>'
            )
            st.html(f'<div class="set">{said}</div>')


def _walk(held: Practice) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "New numbers",
            key="exercise.new",
            on_click=partial(_renew, held),
            help="The same exercise with other numbers; the link holds which",
        )
        for label, step in (("Previous", -1), ("Next", 1)):
            other = held.number + step
            st.button(
                label,
                key=f"exercise.{label}",
                on_click=partial(_open, Practice(other, held.numbers)),
                disabled=not 1 <= other <= len(EXERCISES),
            )
        st.button("Leave", key="exercise.Leave", on_click=partial(_open, None))
        copying.button("Copy link", key="copy.exercise")


def _teachers(held: Practice) -> None:
    """The answer key, which nobody sees who does not ask for it."""
    drawer = st.expander(
        "For teachers: print, answer key, Moodle", key="teachers", on_change="rerun"
    )
    if not state.is_open(drawer):
        return
    # Looked up here, as nothing of the session is known where a file is made.
    base, seed = st.context.url or "", held.numbers
    with drawer:
        st.caption(
            f"All {len(EXERCISES)} exercises with the numbers {seed}; others by “New numbers”."
        )
        with st.container(horizontal=True):
            for label, make, name, kind in (
                ("Exercises to print", lambda: sheet(entries(seed), seed, base, answers=False),
                 f"exercises-{seed}.html", "text/html"),
                ("Answer key to print", lambda: sheet(entries(seed), seed, base),
                 f"answers-{seed}.html", "text/html"),
                ("Answer key as JSON", lambda: as_json(entries(seed), base),
                 f"answers-{seed}.json", "application/json"),
                (f"Moodle XML, {VARIANTS} variants of each",
                 lambda: moodle_xml(range(seed, min(seed + VARIANTS, MOST + 1)), base),
                 f"moodle-{seed}.xml", "application/xml"),
            ):  # fmt: skip
                st.download_button(label, make, name, kind, on_click="ignore")


def _open(practice: Practice | None) -> None:
    state.touch()
    state.try_claim(None)
    state.set_exercise(practice)


def _renew(held: Practice) -> None:
    _open(replace(held, numbers=other_numbers(held.number, held.numbers)))


def _to_lab(held: Practice) -> None:
    _open(replace(held, in_lab=True))
    state.forget_drafts()
    state.put(held.task.lab)


def _key(held: Practice) -> tuple[int, int]:
    return held.number, held.numbers


def _replies() -> dict[tuple[int, int], str]:
    """What was said to the last answer of each exercise (Markdown)."""
    found: dict[tuple[int, int], str] = st.session_state.setdefault("replies", {})
    return found


def _done() -> dict[tuple[int, int], str]:
    """The exercises that were tried, and how they ended: whose solution was seen first is not solved."""
    found: dict[tuple[int, int], str] = st.session_state.setdefault("done", {})
    return found


def _score() -> str:
    done = [*_done().values()]
    return f"Right so far: {done.count(RIGHT)} of {len(done)} tried." if done else ""
