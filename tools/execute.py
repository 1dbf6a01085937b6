"""Run notebooks top to bottom and keep their outputs, with figures small enough for git, each with its words.

    python tools/execute.py nbs/03_classical.ipynb …     cells flagged slow or cuda are left as they are;
        --flags "slow" runs them too"""
import argparse
import os
import re
import sys
import time
from pathlib import Path

os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
from alt_texts import describe
from execnb.shell import CaptureShell
from fastcore.nbio import read_nb, write_nb

from carlearn.core.alt_texts import say_figures

SKIPPED = {"slow", "cuda"}
# what progress bars and cleared outputs leave in the text
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|█(?=epoch )")
OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n)")                  # what a bar wrote, and then wrote over


def flags_of(cell):
    "The directives of a cell, as `#| slow`."
    lines = [line.split() for line in cell.source.splitlines() if line.startswith("#| ")]
    return {words[1] for words in lines if len(words) > 1}


def tidy(outputs):
    "Outputs without control characters, and without those that held nothing else."
    for o in outputs:
        if o["output_type"] == "stream":
            o["text"] = OVERWRITTEN.sub("", CONTROL.sub("", "".join(o["text"]))).splitlines(True)
    return [o for o in outputs if o["output_type"] != "stream" or "".join(o["text"]).strip()]


def execute(path, flags):
    "Run one notebook in place; returns seconds, or raises with the failing cell."
    nb, start = read_nb(path), time.time()
    shell = CaptureShell(path, mpl_format=None, profile=False)
    shell.enable_matplotlib("inline")
    shell.run("from matplotlib_inline.backend_inline import set_matplotlib_formats; "
              "set_matplotlib_formats('jpeg', pil_kwargs={'quality': 88})")
    say_figures(shell.display_formatter)
    for cell in nb.cells:
        if cell.cell_type != "code" or (SKIPPED - flags) & flags_of(cell):
            continue
        begun = time.time()
        shell.cell(cell)
        cell.metadata.pop("execution", None)
        cell.outputs = tidy(cell.outputs or [])
        if time.time() - begun > 5:
            print(f"  {time.time() - begun:5.1f} s  {cell.source[:70]!r}")
        if shell.exc:
            raise SystemExit(f"{path}:\n{cell.source}\n\n{''.join(cell.outputs[-1]['traceback'])}")
    describe(nb)
    write_nb(nb, path)
    return time.time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--flags", default="")
    args = parser.parse_args()
    for path in [p.resolve() for p in args.notebooks]:
        os.chdir(path.parent)
        print(f"{path.name}: {execute(path, set(args.flags.split())):.0f} s")
    sys.stdout.flush()
    os._exit(0)   # a shell's loop would keep the interpreter waiting


if __name__ == "__main__":
    main()
