"""Every notebook is a test: its cells run in order against the exported module.

The cells marked for export are left out and the module's own names are used in their place, so that what is tested, and what
coverage sees, is what people install. Cells flagged slow or cuda run only if asked: FLAGS="slow cuda" make test."""
import importlib
import os
from pathlib import Path

import pytest
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.process import NBProcessor
from nbdev.test import nb_test_cells

NBS = sorted((Path(__file__).parent.parent/"nbs").glob("*.ipynb"))
EXPORTED = {"export", "exports", "exporti"}
FLAGS = ["slow", "cuda"]


def default_module(path):
    "The module that a notebook exports to, or None."
    for cell in NBProcessor(path, rm_directives=False).nb.cells:
        words = cell.source.split()
        if words[:2] == ["#|", "default_exp"]: return importlib.import_module(f"carlearn.{words[2]}")


@pytest.mark.parametrize("path", NBS, ids=lambda p: p.stem)
def test_notebook(path):
    module = default_module(path)
    cells = nb_test_cells(path, skip_flags=FLAGS, force_flags=os.environ.get("FLAGS", "").split())
    with working_directory(path.parent):
        shell = CaptureShell(path, profile=False)
        if module: shell.user_ns.update({k: v for k, v in vars(module).items() if not (k.startswith("__") and k.endswith("__"))})
        for cell in cells:
            if EXPORTED & set(cell.directives_ or {}): continue
            shell.run(cell.source)
            if shell.exc: pytest.fail(f"{path.name}, cell {cell.id}:\n{cell.source}\n\n{type(shell.exc).__name__}: {shell.exc}", pytrace=False)


def test_some_cell_was_run():
    "A notebook whose every cell is skipped would pass for nothing."
    for path in NBS: assert any(not EXPORTED & set(c.directives_ or {}) for c in nb_test_cells(path, skip_flags=FLAGS)), path.name


def test_outputs_bear_no_path_of_the_machine_that_made_them():
    for path in NBS:
        for cell in NBProcessor(path, rm_directives=False).nb.cells:
            assert "site-packages" not in str(cell.get("outputs", "")), f"{path.name}: {cell.source[:60]}"
