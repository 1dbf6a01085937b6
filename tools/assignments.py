"""The course's exercises for nbgrader: one assignment a week, made from the lessons.

    python tools/assignments.py [--out _nbgrader]    a course directory: source/week_1/…, nbgrader_config.py

Then, in that folder (pip install nbgrader; the kernel must have carlearn):

    nbgrader generate_assignment week_3              release/week_3: what students get
    nbgrader autograde week_3                        marks submitted/NAME/week_3/*.ipynb

A notebook holds what the exercises of a lesson need: imports, the text before each, the solution between
marks that nbgrader takes out, and a locked cell with the lesson's own check, which fails unless all its steps
pass."""
import argparse
import ast
from pathlib import Path

import nbformat
import student
from settings import ROOT
from slides import LINK, weeks

POINTS = 10     # of an exercise
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"     # nbgrader's marks
NOTE = ("The exercises of this lesson, for marks. Pictures, and what the questions build on, are in the "
        "lesson itself. Write your answer in place of each line that raises `NotYet`; the cell below it "
        "checks it.")
CONFIG = '''\
c = get_config()
c.CourseDirectory.course_id = "carlearn"
c.ClearSolutions.code_stub = {"python": 'raise NotYet("your answer")   # your code in place of this line'}
c.ExecutePreprocessor.timeout = 300     # seconds a cell
'''


def marked(source):
    "A solution with the body of each function, and each value, between nbgrader's marks."
    source = student.plain(source)
    lines = source.split("\n")
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef):
            mark_body(node, lines)
        elif isinstance(node, ast.Assign):
            value = lines[node.lineno - 1:node.end_lineno]
            wanted = f"# set {ast.unparse(node.targets[0])}"
            lines[node.lineno - 1:node.end_lineno] = [wanted, BEGIN, *value, END]
    return "\n".join(lines)


def mark_body(function, lines):
    "Put nbgrader's marks round a function's body, but for its docstring."
    first, *rest = function.body
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and rest:
        first = rest[0]
    start, stop = first.lineno - 1, function.end_lineno
    if lines[start][:first.col_offset].strip():           # a function in one line
        head, body = lines[start][:first.col_offset], lines[start][first.col_offset:]
        lines[start:stop] = [head.rstrip(), f"    {body}"]
        start, stop = start + 1, start + 2
    lines[start:stop] = [f"    {BEGIN}", *lines[start:stop], f"    {END}"]


def graded(cell, name, **more):
    "A cell with nbgrader's metadata, schema 3."
    kind = {"grade": False, "solution": False, "locked": False, "task": False} | more
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": name} | kind
    return cell


def exercise(solution, check):
    "The two cells of an exercise: the student's, and the one that gives the points."
    name, = (a.value for a in ast.parse(check.source).body[-1].value.args[:1])
    answer = student.new_cell("code", marked(solution.source), solution, "")
    yield graded(answer, f"{name}-answer", solution=True)
    source = f"outcome = {student.plain(check.source)}\nassert outcome, outcome"
    yield graded(student.new_cell("code", source, check, ""), name, grade=True, locked=True, points=POINTS)


def plain_text(cell):
    "A Markdown cell without links, for nothing lies beside an assignment."
    return student.new_cell("markdown", LINK.sub(r"\1", cell.source), cell, "")


def assignment(nb):
    "The cells of a lesson's exercises."
    checks, among, before = {s["id"]: c for s, c in student.tasks(nb)}, False, None
    yield plain_text(nb.cells[0])
    yield student.new_cell("markdown", NOTE, nb.cells[0], "-note")
    for cell in nb.cells:
        among = among or "Exercises that check themselves" in cell.source
        if cell.cell_type == "markdown":
            before = cell
        elif cell["id"] in checks:
            if before is not None:
                yield plain_text(before)
            yield from exercise(cell, checks[cell["id"]])
            before = None
        elif student.imports_only(cell) or among and student.functions_only(cell):
            yield student.new_cell("code", student.plain(cell.source), cell, "")


def files():
    "Path in the course directory → text of every file."
    yield "nbgrader_config.py", CONFIG
    for number, _, _, paths in weeks():
        for path in paths:
            nb = nbformat.read(path, 4)
            yield f"source/week_{number}/{path.name}", student.written(nb, assignment(nb))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT/"_nbgrader")
    out = parser.parse_args().out
    for name, text in files():
        path = out/name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
