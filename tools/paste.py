"""Go through student copies as a student would: cell by cell, each stub checked, then its solution pasted in.

    python tools/paste.py                      all of course/student/
    python tools/paste.py 05_ntxent …          some lessons

Of each exercise it says whether the stub failed its check in words and the solution passed; what a cell of a
lesson raises ends that lesson. Exit code 1 if anything went wrong."""
import argparse
import os
import sys
import time
from collections import namedtuple

os.environ.setdefault("MPLBACKEND", "agg")
import nbformat
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from student import COURSE, lessons, plain, tasks

Exercise = namedtuple("Exercise", "name before after")   # what the check said of stub and solution


def run(shell, source):
    "Run a cell; RuntimeError with what it raised."
    shell.run(source)
    if shell.exc:
        raise RuntimeError(f"{source}\n{type(shell.exc).__name__}: {shell.exc}")


def said(shell, source):
    "What a cell with a check answers."
    run(shell, f"_said = {source}")
    return shell.user_ns["_said"]


def pasted(name):
    "Yield what became of each exercise of a student's copy."
    solutions = {cell["id"]: (plain(cell.source), plain(check.source))
                 for cell, check in tasks(nbformat.read(COURSE.parent/"nbs"/f"{name}.ipynb", 4))}
    shell = CaptureShell(COURSE/"student"/f"{name}.ipynb", profile=False, mpl_format="png")
    for cell in nbformat.read(COURSE/"student"/f"{name}.ipynb", 4).cells:
        if cell.cell_type != "code":
            continue
        run(shell, cell.source)
        if cell["id"] in solutions:
            solution, check = solutions[cell["id"]]
            before = said(shell, check)
            run(shell, solution)
            yield Exercise(before.name, before, said(shell, check))


def right(exercise):
    "Whether the stub failed in words and the solution passed."
    return not exercise.before and "not written yet" in repr(exercise.before) and bool(exercise.after)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", default=[p.stem for p in lessons()])
    wrong = 0
    for name in parser.parse_args().lessons:
        start = time.perf_counter()
        try:
            with working_directory(COURSE/"student"):
                done = list(pasted(name))
            wrong += sum(not right(e) for e in done)
            print(f"{name}: {sum(map(right, done))} of {len(done)} exercises: the stub fails in words, the "
                  f"solution passes ({time.perf_counter() - start:.0f} s)", flush=True)
        except RuntimeError as e:
            wrong += 1
            print(f"{name}: {e}", flush=True)
    sys.stdout.flush()
    os._exit(wrong > 0)   # a shell's loop would keep the interpreter waiting


if __name__ == "__main__":
    main()
