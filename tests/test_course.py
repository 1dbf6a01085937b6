"""The course: copies are in step with their lessons, and each exercise's check knows right from wrong.

Every stub must fail its check in words, the solution must pass it, and typical wrong answers
(wrong_answers.py) must fail with the hint that fits. That takes only a lesson's imports; with FLAGS=slow the
students' copies run whole, with the solutions pasted in one by one."""
import ast
import os
import re
import subprocess
import sys
import time

import nbformat
import pytest
import student
from conftest import ROOT, reading_minutes
from wrong_answers import WRONG

SLOW = "slow" in os.environ.get("FLAGS", "")
MOST_SECONDS = 3   # of CPU, that a check may take on a slow machine: a student waits for it


def named(check):
    "The exercise that a cell checks."
    return re.match(r'check\("(\w+)"', check.source)[1]


def masters(): return {p.stem: nbformat.read(p, 4) for p in student.lessons()}


TASKS = {named(check): (lesson, solution, check)
         for lesson, nb in masters().items() for solution, check in student.tasks(nb)}


def value(source, names):
    "Run a cell; the value of its last line."
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def before(lesson, until):
    "What a lesson's imports, earlier solutions and functions beside its exercises define."
    names, among = {}, False
    for cell in masters()[lesson].cells:
        among = among or "Exercises that check themselves" in cell.source
        if cell["id"] == until["id"]:
            return names
        if student.imports_only(cell) or student.is_solution(cell) or among and student.functions_only(cell):
            exec(student.plain(cell.source), names)


def test_copies_are_in_step_with_the_lessons():
    for path, wanted in student.copies():
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert text == wanted, f"{path.relative_to(ROOT)} is stale: run python tools/student.py"
    kept = {p for folder in ("student", "solutions") for p in (ROOT/"course"/folder).iterdir()}
    assert kept == {path for path, _ in student.copies()}


def test_students_see_no_output_no_solution_and_no_test():
    for path in (ROOT/"course"/"student").glob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            assert not cell.get("outputs") and not cell.source.startswith("#|"), f"{path.name}: {cell.source}"
            assert not student.tests_only(cell), f"{path.name}: {cell.source}"
            ast.parse(cell.source if cell.cell_type == "code" else "")
    for lesson, solution, _ in TASKS.values():
        kept = nbformat.read(ROOT/"course"/"student"/f"{lesson}.ipynb", 4).cells
        left = next(c.source for c in kept if c["id"] == solution["id"])
        assert "NotYet(" in left or "= ..." in left, left


def test_every_exercise_stands_in_a_lesson_and_has_wrong_answers():
    from carlearn.course import exercises
    assert set(exercises()) == set(TASKS) == set(WRONG)
    for name, answers in WRONG.items():
        assert len(answers) >= 2, f"{name}: give two typical wrong answers"
    for lesson in masters():
        assert sum(of == lesson for of, *_ in TASKS.values()) >= 2, f"{lesson} needs two exercises"


def questions(nb):
    "The questions of a lesson's questionnaire."
    text = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    parts = re.findall(r"^##+ (?:Questionnaire|More questions)\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return [q for part in parts for q in re.findall(r"^\d+\. (.*)$", part.split("\n###")[0], re.M)]


@pytest.mark.parametrize("lesson", masters())
def test_instructors_have_answers_to_every_question(lesson):
    text = (ROOT/"course"/"answers"/f"{lesson}.md").read_text(encoding="utf-8")
    asked = questions(masters()[lesson])
    assert 8 <= len(asked) <= 12, f"{lesson} asks {len(asked)} questions"
    assert re.findall(r"^\d+\. \*\*(.*)\*\*$", text, re.M) == asked
    answers = re.findall(r"^   (\S.*)$", text, re.M)
    assert len(answers) == len(asked) and min(map(len, answers)) > 20


def test_syllabus_says_how_long_each_lesson_is():
    text = (ROOT/"course"/"syllabus.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"student/(\w+)\.ipynb\) \((\d+) min\b", text))
    assert said == {p.stem: str(reading_minutes(p)) for p in student.lessons()}


def test_data_sheet_says_what_is_there():
    from carlearn.scenes.benchmark_pairs import bench_pairs, bench_table, read_views
    text = (ROOT/"course"/"data_sheet.md").read_text(encoding="utf-8")
    samples, views = list((ROOT/"data_samples").glob("*/pair.json")), read_views()
    table = bench_table(bench_pairs())
    one = table[table.same_car]
    entries = [v.entry for v in views.values()]
    kinds = {(e["car"], k): d["damage"] for e in entries for k, d in e["damages"].items()}
    said = [f"| {2*len(samples)} | {len(views)} |", f"| {len(samples)}: ",
            f"| {len(table)}: {len(one)} of one car, {len(table) - len(one)} of two cars |",
            f"Of its {len(one)} pairs of one car {(one.new > 0).sum()} show something new",
            f"The benchmark's {len(kinds)} damages are {list(kinds.values()).count('crack')} cracks"]
    assert not [s for s in said if s not in text]


@pytest.mark.parametrize("name", TASKS)
def test_stub_fails_in_words_and_solution_passes(name):
    lesson, solution, check = TASKS[name]
    names = before(lesson, solution)
    exec(student.stub(solution.source), names)
    said = value(check.source, names)
    assert not said and "not written yet" in repr(said)
    exec(student.plain(solution.source), names)
    said = value(check.source, names)
    assert said, said
    start = time.process_time()                # of the second run: the first imports what it needs
    value(check.source, names)
    took = time.process_time() - start
    assert took < MOST_SECONDS, f"the check of {name} takes {took:.1f} s"


ANSWERS = [(name, *answer) for name in WRONG for answer in WRONG[name]]


@pytest.mark.parametrize("name, old, new, hint", ANSWERS)
def test_wrong_answers_get_their_hint(name, old, new, hint):
    lesson, solution, check = TASKS[name]
    source, names = student.plain(solution.source), before(lesson, solution)
    assert old in source, f"{old!r} is not in the solution of {name}"
    exec(source.replace(old, new), names)
    said = value(check.source, names)
    assert not said and hint in repr(said), said


@pytest.mark.skipif(not SLOW, reason="slow: make test-all")
@pytest.mark.parametrize("lesson", [p.stem for p in student.lessons()])
def test_a_student_who_pastes_every_solution_in_gets_through(lesson):
    command = [sys.executable, "tools/paste.py", lesson]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
