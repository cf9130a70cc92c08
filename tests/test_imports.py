"""Who may import whom: downwards only, and the screen stays out of the mathematics."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the top to the ground. A module may import what stands on a line below its own, and its own kin:
# the modules of the package that it belongs to.
LAYERS = """
    app
    convcore.page
    convcore.pinned
    convcore.permalink convcore.claims convcore.worker
    convcore.labs
    convcore.labkit
    convcore.charts
    convcore.maps convcore.bifurcation convcore.noise convcore.swing
    convcore.race
    convcore.sweeps convcore.classifiers convcore.stationary convcore.hessian_free convcore.hessian_cost
    convcore.network convcore.spectra convcore.sigmoid_unit
    convcore.descent
    convcore.optimizers convcore.endings convcore.gallery
    convcore.curvature convcore.criteria convcore.separability
    convcore.objectives convcore.schedules convcore.pointsets
    convcore.formula
    convcore.recorder
    convcore.taylor convcore.series convcore.local_model convcore.spelling convcore.typeset
    convcore.elementary
    convcore.knobs convcore.datasets convcore.memory
    convcore.workers
    convcore.setting
    convcore
"""
LEVEL = {
    name: level for level, line in enumerate(LAYERS.split("\n")[1:-1]) for name in line.split()
}
SCREEN = {"app", "convcore.page"}  # the only ones that know Streamlit
PICTURES = {"convcore.charts"}  # the only ones that know Altair, with the charts of each lab


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(name: str) -> str:
    """The entry of the table that a module belongs to."""
    while name not in LEVEL or (name == "convcore"):
        if "." not in name:
            return name
        name = name.rpartition(".")[0]
    return name


MODULES = {
    name_of(path): path for path in [ROOT / "app.py", *sorted((ROOT / "convcore").rglob("*.py"))]
}


def imported(path: Path) -> set[str]:
    """The full names of all modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import; write it in full"
            assert node.module
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            submodules = members & MODULES.keys()
            names |= submodules
            if submodules != members:
                names.add(node.module)
    return names


def is_chart_of_a_lab(name: str) -> bool:
    """Whether it is `chart`, or `chart_...`, in the folder of a lab."""
    folder, _, module = name.rpartition(".")
    return folder.startswith("convcore.labs.") and module.split("_")[0] == "chart"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_its_place_in_the_table(name: str) -> None:
    assert layer(name) in LEVEL
    assert name == "convcore" or layer(name) != "convcore", f"add {name} to LAYERS"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_downwards_only(name: str) -> None:
    own = layer(name)
    for other in imported(MODULES[name]):
        if other.split(".")[0] not in ("app", "convcore") or layer(other) == own:
            continue
        assert LEVEL[layer(other)] > LEVEL[own], f"{name} must not import {other}"


@pytest.mark.parametrize("name", MODULES)
def test_only_the_page_knows_streamlit_and_only_charts_know_altair(name: str) -> None:
    packages = {other.split(".")[0] for other in imported(MODULES[name])}
    assert "streamlit" not in packages or layer(name) in SCREEN
    assert "altair" not in packages or layer(name) in PICTURES or is_chart_of_a_lab(name)


def test_only_tests_of_the_page_import_streamlit() -> None:
    found = {
        path.stem
        for path in (ROOT / "tests").rglob("*.py")
        if any(name.split(".")[0] == "streamlit" for name in imported(path))
    }
    others = {name for name in found if not name.startswith("test_page")}
    assert others <= {"load", "canary_pages"}


WAYS = "convcore.page.streamlit_ways"  # the only one that knows what Streamlit does not promise
# Its parts, its page's test ids, attributes and classes, and what it is named by in settings.
INSIDES = re.compile(
    r"DeltaGenerator|ScriptRunContext|data-test|data-tag|\.katex|\bst[A-Z]\w+|\bst\._|deepcopy|gc\.freeze"
)


@pytest.mark.parametrize("name", MODULES.keys() - {WAYS})
def test_only_one_module_knows_what_streamlit_does_not_promise(name: str) -> None:
    parts = {other for other in imported(MODULES[name]) if other.startswith("streamlit.")}
    found = parts | set(INSIDES.findall(MODULES[name].read_text(encoding="utf-8")))
    assert not found, f"move what rests on {sorted(found)} to {WAYS}, with a canary of its name"


def names_in(path: Path) -> set[str]:
    """The functions and constants that a file defines for others."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {name.id for name in node.targets if isinstance(name, ast.Name)}
    return found


def test_each_way_of_streamlits_has_its_line_and_a_canary_of_its_name() -> None:
    from convcore.page.streamlit_ways import WAYS as LINES

    ways = names_in(MODULES[WAYS]) - {"WAYS", "Container", "Drawing"}
    # Three stand for nothing that is called.
    silent = LINES.keys() - ways
    assert ways <= LINES.keys() and len(silent) == 3
    canaries = {
        name.removeprefix("test_")
        for name in names_in(ROOT / "tests" / "test_browser_canaries.py")
        if name.startswith("test_")
    }
    assert canaries - {"what_the_browser_tests_look_for"} == LINES.keys()


@pytest.mark.parametrize(
    "modules",
    [
        ["convcore"],
        [name for name in MODULES if LEVEL[layer(name)] > LEVEL["convcore.charts"]],
    ],
    ids=["the package", "all below the charts"],
)
def test_importing_the_mathematics_loads_neither_altair_nor_streamlit(modules: list[str]) -> None:
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore" in loaded
    assert not {"altair", "streamlit", "pandas", "pyarrow"} & loaded
