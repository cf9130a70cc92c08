"""Who may import whom: downwards only, and the screen stays out of the mathematics."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import convcore
from convcore.claims import CLAIMS, claims_of
from convcore.labs import registry

ROOT = Path(__file__).parent.parent

# From the top down, as the README's arrow has it. A module may import what is on a line below its own,
# and the modules of its own package.
LAYERS = """
    app
    convcore.page
    convcore.teaching
    convcore.exercises
    convcore.session convcore.claims
    convcore.labs
    convcore.labkit
    convcore.charts
    convcore.sweeps convcore.separators
    convcore.descent
    convcore.optimizers convcore.network
    convcore.objectives
    convcore.formula
    convcore.knobs convcore.datasets
    convcore.cache
    convcore.setting convcore.parallel
    convcore.arrays
    convcore
"""
LEVEL = {
    name: level for level, line in enumerate(LAYERS.split("\n")[1:-1]) for name in line.split()
}
SCREEN = {"app", "convcore.page"}  # the only ones that know Streamlit
PICTURES = re.compile(r"convcore\.charts|convcore\.labs\.\w+\.chart|convcore\.labkit\.tuning_chart")


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


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_its_place_in_the_table(name: str) -> None:
    assert layer(name) in LEVEL
    assert name == "convcore" or layer(name) != "convcore", f"add {name} to LAYERS"


# The package itself only says where its names are, and loads none of them before it is asked.
@pytest.mark.parametrize("name", [name for name in MODULES if name != "convcore"])
def test_a_module_imports_downwards_only(name: str) -> None:
    own = layer(name)
    for other in imported(MODULES[name]):
        if other.split(".")[0] not in ("app", "convcore") or layer(other) == own:
            continue
        assert LEVEL[layer(other)] > LEVEL[own], f"{name} must not import {other}"


def test_the_readme_shows_this_arrow() -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    arrow = " → ".join(
        ", ".join(name.removeprefix("convcore.") for name in line.split())
        for line in LAYERS.split("\n")[1:-2]
    )
    assert arrow in text, f"the README should say: {arrow}"


def test_no_modules_import_each_other_not_even_for_types() -> None:
    graph = {name: imported(path) & MODULES.keys() for name, path in MODULES.items()}
    # What imports nothing that is left is in no circle, and is taken away until nothing is.
    while free := {name for name, others in graph.items() if not others & graph.keys()}:
        graph = {name: others for name, others in graph.items() if name not in free}
    # What nothing that is left imports only leads to a circle.
    while graph and (ends := graph.keys() - set().union(*graph.values())):
        graph = {name: others for name, others in graph.items() if name not in ends}
    assert not graph, f"a circle of imports within {sorted(graph)}"


LABS = sorted(
    path.name
    for path in (ROOT / "convcore" / "labs").iterdir()
    if path.is_dir() and path.name[0] != "_"
)


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_imports_no_other_lab(lab: str) -> None:
    own = f"convcore.labs.{lab}"
    for name in MODULES:
        if name == own or name.startswith(f"{own}."):
            for other in imported(MODULES[name]):
                if other == "convcore.labs" or other.startswith("convcore.labs."):
                    assert other == own or other.startswith(f"{own}."), f"{name} imports {other}"


# What runs something, and what was made to be shown.
RUNS = {
    "descend",
    "descend_each",
    "descend_by_schedule",
    "exact_descent",
    "TrainAll",
    "count_steps",
}
SHOWN = {"sentence", "said", "facts", "notes", "rows", "startswith", "endswith"}
JUDGES = [
    name for name in MODULES if re.fullmatch(r"convcore\.labs\.\w+\.(claims|prediction)", name)
]


@pytest.mark.parametrize("name", JUDGES)
def test_verdicts_and_predictions_run_nothing_and_read_no_words_back(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & RUNS, f"{name} runs again: let the study hold what it needs"
    assert not attributes & SHOWN, f"{name} reads words: let the study hold what they say"


ROOMS = {
    "settings": "a `Settings` with a knob for each field",
    "study": "a `Study`, and `study(settings, report)` that makes it",
    "words": "what is said of a study",
    "tables": "its `Facts`, theory beside measurement",
    "picture": "the tables that fill the chart",
    "chart": "a `Template`",
    "given": "the picture of what is there before a run",
    "prediction": "what to ask before a run, and what a study answers",
    "lab": "a `Lab` that puts them together",
}


@pytest.mark.parametrize("lab", LABS)
def test_labs_are_alike_inside(lab: str) -> None:
    missing = [room for room in ROOMS if f"convcore.labs.{lab}.{room}" not in MODULES]
    assert not missing, f"write into convcore/labs/{lab}/: " + "; ".join(
        f"{room}.py, {ROOMS[room]}" for room in missing
    )


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_is_in_the_registry(lab: str) -> None:
    assert f"convcore.labs.{lab}.lab" in {kind.__module__ for kind in registry.LABS}, (
        f"import the lab of convcore/labs/{lab}/lab.py in convcore/labs/registry.py, and enter it in LABS"
    )


@pytest.mark.parametrize("lab", registry.LABS, ids=lambda lab: lab.__name__)
def test_a_lab_has_a_key_a_title_and_all_that_the_page_asks_of_it(lab: type[registry.Lab]) -> None:
    where = f"{lab.__name__} of {lab.__module__}"
    for name, what in (("key", "its name in a permalink"), ("title", "its name on the page")):
        found = getattr(lab, name, "")
        assert found, f'{where}: write `{name}: ClassVar[str] = "..."`, {what}, into its settings'
        others = [getattr(other, name, "") for other in registry.LABS if other is not lab]
        assert found not in others, f"{where}: another lab has the {name} {found!r}: write another"
    lacks = sorted(lab.__abstractmethods__)
    assert not lacks, (
        f"{where}: write {', '.join(f'`def {name}`' for name in lacks)}, as `Lab` says"
    )


CLAIMING = [lab for lab in LABS if f"convcore.labs.{lab}.claims" in MODULES]


@pytest.mark.parametrize("lab", CLAIMING)
def test_the_claims_of_a_lab_are_collected(lab: str) -> None:
    own = importlib.import_module(f"convcore.labs.{lab}.claims").CLAIMS
    missing = [claim.number for claim in own if claim not in CLAIMS]
    assert own and not missing, (
        f"enter the lab of convcore/labs/{lab}/ in LABS of convcore/labs/registry.py: {missing}"
    )


def test_a_lab_needs_no_claims() -> None:
    class Silent(registry.Lab):
        __module__ = "convcore.labkit.lab"  # there is no convcore.labkit.claims

    assert claims_of(Silent) == ()


def test_the_names_that_convcore_offers_are_those_that_it_has_types_for() -> None:
    tree = ast.parse(MODULES["convcore"].read_text(encoding="utf-8"))
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    named, starred = {}, set()
    for node in typed.body:
        assert isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names:
            if alias.name == "*":
                starred.add(node.module)
            else:
                named[alias.name] = node.module
    assert named == convcore._HOMES
    assert starred == convcore._REGISTRIES.keys()


@pytest.mark.parametrize("package", ["convcore", "convcore.labs"])
def test_a_star_import_and_tab_completion_bring_every_name_and_no_helper(package: str) -> None:
    names: dict[str, object] = {}
    exec(f"from {package} import *", names)
    del names["__builtins__"]
    assert sorted(names) == dir(importlib.import_module(package))
    assert not [name for name in names if name.startswith("_")]
    expected = {
        "convcore": {"descend", "Quadratic", "GradientDescent", "CGNewton", "Constant"},
        "convcore.labs": {"LABS", "OneWeight"},
    }
    assert expected[package] <= names.keys() and "import_module" not in names


def test_importing_convcore_loads_nothing_else() -> None:
    program = "import sys, convcore; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore" in loaded and "numpy" not in loaded
    assert not [name for name in loaded if name.startswith("convcore.")]


@pytest.mark.parametrize("name", MODULES)
def test_only_the_page_knows_streamlit_and_only_charts_know_altair(name: str) -> None:
    packages = {other.split(".")[0] for other in imported(MODULES[name])}
    assert "streamlit" not in packages or layer(name) in SCREEN
    assert "altair" not in packages or PICTURES.match(name)


def test_only_tests_of_the_page_import_streamlit() -> None:
    found = {
        path.stem
        for path in (ROOT / "tests").rglob("*.py")
        if any(name.split(".")[0] == "streamlit" for name in imported(path))
    }
    others = {name for name in found if not name.startswith("test_page")}
    assert others <= {"visitor", "canary_pages", "crowded_page", "late_page", "number_controls"}


# The only ones that know what Streamlit does not promise.
WAYS, STYLES = "convcore.page.streamlit_ways", "convcore.page.styles"
# Its parts, its page's test ids, attributes and classes, and what it is named by in settings.
INSIDES = re.compile(
    r"DeltaGenerator|ScriptRunContext|data-test|data-tag|\.katex|\bst[A-Z]\w+|\bst\._|deepcopy|gc\.freeze"
)


@pytest.mark.parametrize("name", [name for name in MODULES if name not in (WAYS, STYLES)])
def test_only_two_modules_know_what_streamlit_does_not_promise(name: str) -> None:
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

    ways = names_in(MODULES[WAYS]) | names_in(MODULES[STYLES])
    ways -= {"WAYS", "Container", "Drawing", "SMALL"}
    # Three stand for nothing that is called.
    silent = LINES.keys() - ways
    assert ways <= LINES.keys() and len(silent) == 3
    canaries = {
        name.removeprefix("test_")
        for name in names_in(ROOT / "tests" / "test_browser_canaries.py")
        if name.startswith("test_")
    }
    assert canaries - {"what_the_browser_tests_look_for"} == LINES.keys()


BELOW = [name for name in MODULES if LEVEL[layer(name)] > LEVEL["convcore.charts"]]
NUMBERS = [name for name in MODULES if re.fullmatch(r"convcore\.labs\.\w+\.(settings|study)", name)]


@pytest.mark.parametrize(
    "modules",
    [["convcore"], BELOW, ["convcore.labkit.settings", "convcore.labkit.study", *NUMBERS]],
    ids=["the package", "all below the charts", "settings and studies of labs"],
)
def test_importing_the_mathematics_loads_neither_altair_nor_streamlit(modules: list[str]) -> None:
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "convcore" in loaded
    assert not {"altair", "streamlit", "pandas", "pyarrow", "convcore.charts"} & loaded
