"""The drawer of the fastest settings: the map, and a button that takes the best."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from convcore.cache import kept
from convcore.charts.picture import Picture
from convcore.knobs import files
from convcore.labkit.lab import Tuning
from convcore.labkit.tuning_lab import TuningLab
from convcore.labs import Lab
from convcore.page import state
from convcore.page.compute import NotComputed, logged


def show(lab: Lab, draw: Callable[[Lab, Picture, int], None], pixels: int) -> None:
    """The drawer; nothing is computed before it is opened. draw: how the page draws a picture."""
    if not isinstance(lab, TuningLab):
        return
    drawer = st.expander("Which is fastest here?", key=state.TUNING, on_change="rerun")
    if not state.is_open(drawer):
        return
    with drawer:
        try:
            with logged(lab):
                found = _tuned(lab)
        except NotComputed:
            st.warning("This race could not be held.")
            return
        if found is None:
            st.markdown("Nothing to race: from this start no step size gets to a minimum.")
            return
        st.markdown(found.sentence)
        best = found.best
        if best is not None:
            # Shown even if it would change nothing, so that the map below does not jump.
            st.button(
                found.offer if best != lab else f"In use: {found.fastest}",
                key="race.best",
                on_click=partial(_take, best),
                disabled=best == lab,
                help="Sets the controls of this lab; steps are added if it takes more",
            )
        _of_those_in_use(lab, found)
        draw(lab, found.picture, pixels - 40)
        st.markdown(f":small[:gray[{found.picture.about}]]")


def _of_those_in_use(lab: Lab, found: Tuning) -> None:
    """A button for the best η of each method or schedule in use, but for the fastest of all."""
    offers = [offer for offer in found.own if offer.text != found.fastest]
    if not offers:
        return
    with st.container(horizontal=True, key="race.own"):
        for offer in offers:
            st.button(
                offer.text[0].upper() + offer.text[1:],
                key=f"race.own.{offer.key}",
                on_click=partial(_take, offer.lab),
                disabled=offer.lab == lab,
                help="Sets its step size, and that of methods that share the control; steps are added if "
                "it takes more",
            )


def _take(lab: Lab) -> None:
    state.touch()
    state.put(lab)
    st.rerun()


@kept(32, files)
def _tuned(lab: TuningLab) -> Tuning | None:
    """The lab's tuning, cached for all visitors."""
    return lab.race()
