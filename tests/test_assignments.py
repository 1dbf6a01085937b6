"""Assignments for nbgrader: metadata of its schema 3, every exercise once, nothing left of a solution when
its marks are cut. Where nbgrader is installed, it makes and grades one itself."""
import importlib.util
import os
import re
import shutil
import subprocess
import sys

import assignments
import nbformat
import pytest
import student

KEYS = {"schema_version", "grade_id", "grade", "solution", "locked", "task"}


def notebooks():
    "Path → notebook of every assignment."
    return {name: nbformat.reads(text, 4) for name, text in assignments.files() if name.endswith(".ipynb")}


def cut(source):
    "A solution as nbgrader leaves it."
    stub = r'\1raise NotYet("your answer")'
    return re.sub(rf"^( *){assignments.BEGIN}\n.*?{assignments.END}$", stub, source, flags=re.M | re.S)


def marks(nb): return [(c, c.metadata["nbgrader"]) for c in nb.cells if "nbgrader" in c.metadata]


def test_metadata_is_nbgraders_and_every_exercise_is_there_once():
    found = []
    for name, nb in notebooks().items():
        nbformat.validate(nb)
        rows = marks(nb)
        ids = [m["grade_id"] for _, m in rows]
        assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[a-zA-Z0-9_\-]+", i) for i in ids), name
        for _, m in rows:
            assert m.keys() - {"points"} == KEYS and m["schema_version"] == 3
            assert m["grade"] == m["locked"] == ("points" in m) and m["grade"] != m["solution"]
        found += [m["grade_id"] for _, m in rows if m["grade"]]
        assert ids == [i for name in found[-len(ids)//2:] for i in (f"{name}-answer", name)]
    wanted = [check.source for p in student.lessons() for _, check in student.tasks(nbformat.read(p, 4))]
    assert sorted(found) == sorted(re.match(r'check\("(\w+)"', source)[1] for source in wanted)


def test_solutions_are_marked_whole_and_nothing_is_left_when_they_are_cut():
    masters = {s["id"]: s for p in student.lessons() for s, _ in student.tasks(nbformat.read(p, 4))}
    for nb in notebooks().values():
        for cell, m in marks(nb):
            if m["solution"]:
                kept = [line for line in cell.source.split("\n") if "### " not in line]
                own = student.plain(masters[cell["id"]].source).split("\n")
                assert [line for line in kept if not line.startswith("# set ")] == own
                left, stub = cut(cell.source), student.stub(masters[cell["id"]].source)
                assert "###" not in left and "NotYet" in left
                assert re.findall(r"^def .*", left, re.M) == re.findall(r"^def .*", stub, re.M)
                assert "return" not in left and len(left) < len(cell.source)


def test_functions_in_one_line_and_without_a_docstring():
    source = 'def f(x): return x + 1\n\ndef g(y):\n    z = y\n    return z'
    names = {}
    exec(assignments.marked(source), names)
    assert (names["f"](1), names["g"](2)) == (2, 2)
    assert cut(assignments.marked(source)).count("    raise NotYet") == 2


@pytest.mark.skipif(not importlib.util.find_spec("nbgrader"), reason="nbgrader is not installed")
def test_nbgrader_makes_and_grades_an_assignment(tmp_path):
    for name, text in assignments.files():
        if name == "nbgrader_config.py" or "02_maskrcnn" in name:
            (tmp_path/name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path/name).write_text(text, encoding="utf-8")
    env = os.environ | {"JUPYTER_PREFER_ENV_PATH": "1"}
    run = lambda *words: subprocess.run([sys.executable, "-m", "nbgrader", *words, "week_2"], cwd=tmp_path,
                                        env=env, check=True, capture_output=True, text=True)
    run("generate_assignment")
    for who, folder in (("solved", "source"), ("untouched", "release")):
        shutil.copytree(tmp_path/folder/"week_2", tmp_path/"submitted"/who/"week_2")
    run("autograde")
    from nbgrader.api import Gradebook
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        scores = {who: book.find_submission("week_2", who).score for who in ("solved", "untouched")}
    assert scores == {"solved": 2*assignments.POINTS, "untouched": 0}
