"""One master, three copies: nbs/NN_*.ipynb → course/student/ and course/solutions/.

    python tools/student.py                       write both folders anew
    python tools/student.py --check               only name the copies that differ from their lesson
    python tools/student.py --to FOLDER --without-solutions
                                                  elsewhere, student copies without the folded solutions

A lesson's cell that begins with `#| solution` holds functions that the student writes. In the student's copy
their bodies become a stub, the solution follows, folded, after the cell that checks it, outputs and cells
that only test are gone, and each question asked before a picture has a place for the answer. The solutions'
copy is the lesson without outputs."""
import argparse
import ast
import re
from pathlib import Path

import nbformat
from settings import ROOT

COURSE = ROOT/"course"
SOLUTION = re.compile(r"^#\|\s*solution\s*$", re.M)
DIRECTIVE = re.compile(r"^#\|.*\n?", re.M)
LINK = re.compile(r"\]\(((?:[a-z]\w*/)+\w+\.ipynb)")                       # to a room, as lessons write it
ADDRESS = re.compile(r"(colab\.research\.google\.com/github/[^)]*/)course/student/(\w+\.ipynb)")
# a question that ends a cell
PROMPT = re.compile(r"\*\*[^*]*(?:\?|[Pp]redict|[Gg]uess|Look at)[^*]*\*\*[^\n]*\Z")
TESTS = re.compile(r"(test_\w+|expect_fail)$")
NOTE = ("> Your copy of this lesson: outputs are cleared, and functions that raise `NotYet` are yours to "
        "write. Run the cells in order; the cell below each stub checks your answer. Do you use a screen "
        "reader? `%load_ext carlearn.core.alt_texts` in a cell of its own gives each figure its words.")
ANSWER = "> *Your answer, before you run the next cell:*"


def lessons():
    "The masters: the lessons of the course."
    return sorted(p for p in (ROOT/"nbs").glob("[0-9][0-9]_*.ipynb"))


def is_solution(cell): return cell.cell_type == "code" and bool(SOLUTION.search(cell.source))


def plain(source):
    "A cell's source without nbdev's directives."
    return DIRECTIVE.sub("", source).strip("\n")


def stubbed(function, lines):
    "Put a line that raises NotYet in the place of a function's body, but for its docstring."
    first = function.body[0]
    begun = lines[first.lineno - 1][:first.col_offset]        # of a function in one line
    head = [begun.rstrip()] if begun.strip() else []
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        head = lines[first.lineno - 1:first.end_lineno]
    stub = f'    raise NotYet("{function.name}")   # your code in place of this line'
    lines[first.lineno - 1:function.end_lineno] = [*head, stub]


def stub(source):
    "A solution with the body of each function replaced by a line that raises NotYet, each value by `...`."
    source = plain(source)
    lines = source.split("\n")
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef):
            stubbed(node, lines)
        elif isinstance(node, ast.Assign):
            lines[node.lineno - 1:node.end_lineno] = [f"{ast.unparse(node.targets[0])} = ...   # yours"]
    return "\n".join(lines)


def imports_only(cell):
    "Whether a code cell does nothing but import, and hush warnings."
    quiet = lambda s: isinstance(s, ast.Expr) and ast.unparse(s).startswith("warnings.")
    if cell.cell_type != "code" or "get_ipython" in cell.source or not plain(cell.source):
        return False
    statements = ast.parse(plain(cell.source)).body
    return all(isinstance(s, (ast.Import, ast.ImportFrom)) or quiet(s) for s in statements)


def functions_only(cell):
    "Whether a code cell does nothing but define functions, and is no solution."
    if cell.cell_type != "code" or is_solution(cell) or not plain(cell.source):
        return False
    return all(isinstance(s, ast.FunctionDef) for s in ast.parse(plain(cell.source)).body)


def tasks(nb):
    "The exercises of a lesson: the cell of the solution, and the one that checks it."
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    for cell, following in zip(code, [*code[1:], None], strict=True):
        if is_solution(cell):
            yield cell, following


def tests_only(cell):
    "Whether a code cell does nothing but test."
    source = plain(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))
    if cell.cell_type != "code" or not source or "get_ipython" in source:
        return False
    return all(map(tests, ast.parse(source).body))


def tests(statement):
    "Whether a statement is an assertion, or holds nothing else."
    if isinstance(statement, (ast.With, ast.For)):
        expected = isinstance(statement, ast.With) and called(statement.items[0].context_expr)
        return expected or all(map(tests, statement.body))
    return isinstance(statement, ast.Assert) or isinstance(statement, ast.Expr) and called(statement.value)


def called(expression):
    "Whether an expression calls one of fastcore's tests."
    name = getattr(getattr(expression, "func", None), "id", "")
    return bool(TESTS.match(name))


def text(source, folder):
    "A Markdown cell with links and badge that are right in a folder of course/."
    source = ADDRESS.sub(rf"\1course/{folder}/\2", source)
    return LINK.sub(r"](../../nbs/\1", source)


def folded(cell):
    "A solution as Markdown that opens on a click."
    names = re.findall(r"^def (\w+)", cell.source, re.M) or ["this cell"]
    return (f"<details><summary>Solution of {', '.join(names)}: open it after your own</summary>\n\n"
            f"```python\n{plain(cell.source)}\n```\n\n</details>")


def new_cell(kind, source, of, what):
    "A cell whose id follows from the one it belongs to, so that copies stay as they are."
    cell = nbformat.v4.new_markdown_cell(source) if kind == "markdown" else nbformat.v4.new_code_cell(source)
    cell["id"] = f"{of['id']}{what}"
    return cell


def solved(nb):
    "The copy for instructors: the lesson without outputs and directives."
    for cell in nb.cells:
        yield copied(cell, "solutions")


def copied(cell, folder):
    "A cell without outputs and directives; links lead where they should."
    if cell.cell_type != "code":
        return new_cell("markdown", text(cell.source, folder), cell, "")
    return new_cell("code", plain(cell.source), cell, "")


def student(nb, with_solutions=True):
    "The copy for students: stubs, folded solutions, places for predictions, no tests."
    waiting, noted = None, False
    for cell, following in zip(nb.cells, [*nb.cells[1:], None], strict=True):
        if tests_only(cell) or "default_exp" in cell.source or not plain(cell.source):
            continue
        if is_solution(cell):
            yield new_cell("code", stub(cell.source), cell, "")
            waiting = cell
            continue
        yield copied(cell, "student")
        if not noted and "colab-badge" in cell.source:
            yield new_cell("markdown", NOTE, cell, "-note")
            noted = True
        if waiting and cell.source.startswith("check("):
            if with_solutions:
                yield new_cell("markdown", folded(waiting), waiting, "-solution")
            waiting = None
        if cell.cell_type == "markdown" and following is not None and following.cell_type == "code" \
                and PROMPT.search(cell.source.rstrip()):
            yield new_cell("markdown", ANSWER, cell, "-answer")


def written(nb, cells):
    "A notebook of other cells as text, as nbdev writes it."
    copy = nbformat.v4.new_notebook(cells=list(cells))
    copy.metadata = {"kernelspec": {"display_name": "python3", "language": "python", "name": "python3"}}
    copy.nbformat_minor = 5
    return nbformat.writes(copy, indent=1, ensure_ascii=False) + "\n"


def copies(with_solutions=True, to=COURSE):
    "Path and text of every copy."
    for path in lessons():
        nb = nbformat.read(path, 4)
        yield to/"student"/path.name, written(nb, student(nb, with_solutions))
        yield to/"solutions"/path.name, written(nb, solved(nb))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--without-solutions", action="store_true")
    parser.add_argument("--to", type=Path, default=COURSE)
    args = parser.parse_args()
    for path, wanted in copies(not args.without_solutions, args.to):
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        print(f"{path}: {'differs from its lesson' if args.check else 'written'}")
        if not args.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
