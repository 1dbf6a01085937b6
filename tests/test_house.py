"How the house is built: layers, sizes of modules and cells, the path of the course."
import ast
import re

import nbformat
import pytest
from conftest import ROOT, notebooks, reading_minutes, relative

# Who may import whom: only from a row above. Modules of one package may import each other, but not in a
# circle.
LAYERS = [
    {"core"},
    {"annotations", "geometry"},
    {"scenes", "ssl"},
    {"alignment", "detection"},
    {"evaluation", "inspection"},
    {"course", "app", "fleet"},
    {"cli"},
]
LAYER = {package: k for k, row in enumerate(LAYERS) for package in row}
MOST_LINES = 400                                   # of a module
MOST_EXPORTED, MOST_OTHER, WIDEST = 20, 10, 110    # lines of a cell, characters of a line
LONGEST = 24   # lines of an exception, be it a class with a line for each documented field


def modules():
    "Every exported module, as (package, room) → syntax tree."
    paths = [p for p in (ROOT/"carlearn").glob("*/*.py") if p.name != "__init__.py"]
    return {(p.parent.name, p.stem): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


def imported(package, tree):
    "The (package, room) pairs of carlearn that a module imports, at its head or inside a function."
    known = modules_known()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = {0: [], 1: ["carlearn", package], 2: ["carlearn"]}[node.level]
        words = [*base, *(node.module or "").split(".")] if node.module else base
        if words[:1] != ["carlearn"]:
            continue
        rooms = [words[1:3]] if len(words) > 2 else [[*words[1:], a.name] for a in node.names]
        yield from (tuple(r) for r in rooms if tuple(r) in known)


def modules_known():
    return {(p.parent.name, p.stem) for p in (ROOT/"carlearn").glob("*/*.py")}


def test_every_package_has_a_layer():
    assert {p for p, _ in modules()} == set(LAYER)


def test_modules_import_only_from_lower_layers():
    for (package, room), tree in modules().items():
        for used, other in imported(package, tree):
            below = used == package or LAYER[used] < LAYER[package]
            assert below, f"{package}.{room} imports {used}.{other}"


def test_no_circle_within_a_package():
    graph = {module: set(imported(module[0], tree)) - {module} for module, tree in modules().items()}
    graph = {(p, r): {m for m in needs if m[0] == p} for (p, r), needs in graph.items()}
    while graph:
        leaves = [m for m, needs in graph.items() if not needs & graph.keys()]
        assert leaves, f"these import each other in a circle: {sorted(graph)}"
        for leaf in leaves:
            del graph[leaf]


def test_modules_can_be_read_in_one_sitting():
    for path in (ROOT/"carlearn").rglob("*.py"):
        if path.name == "_modidx.py":
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MOST_LINES, f"{path} has {lines} lines: it is two ideas, split it"


def test_lines_of_modules_are_short():
    for path in (ROOT/"carlearn").glob("*/*.py"):
        where = f"{path.parent.name}/{path.name}"
        for line in path.read_text(encoding="utf-8").splitlines():
            assert len(line) <= WIDEST, f"{where}: {len(line)} characters: {line[:60]}…"


def code_cells(path):
    "The source of each code cell, and whether it is exported or, documented alike, solves an exercise."
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            yield cell.source, bool(re.search(r"^#\|\s*(export|solution)", cell.source, re.M))


def name_of(source):
    "What a cell defines first, or its first line."
    found = re.search(r"^(?:class|def) (\w+)", source, re.M)
    return found[1] if found else next((line for line in source.splitlines() if line[:2] != "#|"), "")[:40]


def exceptions():
    "Cells that may be longer, and how long: notebook, name, lines."
    rows = (ROOT/"tests"/"long_cells.txt").read_text(encoding="utf-8").splitlines()
    rows = [r.split() for r in rows if r.strip() and not r.startswith("#")]
    return {(path, name): int(lines) for path, name, lines in rows}


def long_cells():
    for path in notebooks():
        for source, exported in code_cells(path):
            lines = len(source.splitlines())
            if lines > (MOST_EXPORTED if exported else MOST_OTHER):
                yield (relative(path), name_of(source)), lines


def test_cells_are_short():
    "The list of exceptions only shrinks: a cell that no longer needs its line there must lose it."
    allowed, found = exceptions(), dict(long_cells())
    for cell, lines in found.items():
        assert lines <= allowed.get(cell, 0), f"{cell[0]}: the cell of {cell[1]} has {lines} lines: split it"
    assert not allowed.keys() - found.keys(), "no longer needed in tests/long_cells.txt"
    assert max(allowed.values()) <= LONGEST


def test_lines_of_cells_are_short():
    for path in notebooks():
        for source, _ in code_cells(path):
            for line in source.splitlines():
                assert len(line) <= WIDEST, f"{relative(path)}: {len(line)} characters: {line[:60]}…"


def test_fonts_can_be_read():
    for path in notebooks():
        for source, _ in code_cells(path):
            small = re.search(r"(?:fontsize|labelsize)=(?:[1-7]\b|['\"]x+-small)", source)
            assert not small, f"{relative(path)}: {small[0]}; 8 points are the least"


# The lesson that introduces a package, or a room where a package is not introduced whole.
CLASSICAL = ("classical", "aligner", "judges", "matching", "models", "options", "registry", "result")
INTRODUCED = {"core": 0, "course": 0, "scenes.pairs": 0, "annotations": 1, "detection": 2, "ssl": 4,
              "alignment": 6, "evaluation": 7, "scenes": 8, "geometry": 9, "inspection": 10, "app": 11,
              "cli": 11,
              **{f"alignment.{room}": 3 for room in CLASSICAL}}


def lessons():
    return [p for p in notebooks() if re.match(r"\d\d_", p.name)]


def test_the_course_is_twelve_lessons():
    assert [p.name[:2] for p in lessons()] == [f"{k:02}" for k in range(12)]


@pytest.mark.parametrize("path", lessons(), ids=relative)
def test_no_lesson_leans_on_a_later_one(path):
    number = int(path.name[:2])
    for source, _ in code_cells(path):
        for module in re.findall(r"^\s*from carlearn\.([\w.]+) import", source, re.M):
            package = module.split(".")[0]
            first = INTRODUCED.get(module, INTRODUCED[package])
            early = f"{path.name} imports carlearn.{module}, which lesson {first:02} introduces"
            assert first <= number, early


@pytest.mark.parametrize("path", lessons(), ids=relative)
def test_lessons_name_their_time_and_what_comes_before(path):
    text = "\n".join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "markdown")
    for field in ("Time", "Before", "Rooms behind it"):
        assert re.search(rf"^\*\*{field}\*\*", text, re.M), f"{path.name} does not say its {field}"
    said = int(re.search(r"^\*\*Time\*\* about (\d+) minutes to read", text, re.M)[1])
    takes = reading_minutes(path)
    assert abs(said - takes) <= 5, f"{path.name} takes {takes} minutes to read"


def test_slow_cells_have_a_switch_that_one_sees():
    for path in notebooks():
        sources = [source for source, _ in code_cells(path)]
        slow = [s for s in sources if re.search(r"^#\|\s*slow", s, re.M)]
        assert all("if RUN_SLOW:" in s for s in slow), f"{relative(path)}: Colab would run its slow cells"
        assert not slow or any(s.startswith("RUN_SLOW = False") for s in sources), relative(path)
