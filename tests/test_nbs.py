"""Every notebook is a test: its cells run in order against the exported module.

The cells marked for export are left out and the module's own names are used in their place, so that what is
tested, and what coverage sees, is what people install. Cells flagged slow or cuda run only if asked:
FLAGS="slow cuda" make test. Each notebook runs in a process of its own, forked from one that has imported the
heavy libraries: it starts at once, and leaves neither memory nor changed settings behind."""
import importlib
import multiprocessing
import os
import resource
import time
import traceback

import pytest
from conftest import notebooks, relative
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.process import NBProcessor
from nbdev.test import nb_test_cells

EXPORTED = {"export", "exports", "exporti"}
FLAGS = ["slow", "cuda"]
MOST_MEMORY = 4e9     # bytes that a notebook may take, with those of the process it is forked from; the same
                      # training takes a tenth more on processors with wider registers
SLOW_MEMORY = 6e9     # with its slow cells
HEAVY = ("torch", "torchvision", "fastai.learner", "cv2", "pandas", "matplotlib.pyplot", "ipywidgets",
         "sklearn.linear_model")


def default_module(path):
    "The module that a notebook exports to, or None."
    for cell in NBProcessor(path, rm_directives=False).nb.cells:
        words = cell.source.split()
        if words[:2] == ["#|", "default_exp"]:
            return importlib.import_module(f"carlearn.{words[2]}")


def own_names(module):
    "What a module defines, but for what Python defines in each."
    return {k: v for k, v in vars(module).items() if not (k.startswith("__") and k.endswith("__"))}


def run_cells(path, flags):
    "Run a notebook's tests; a sentence about the cell that failed, or None."
    module = default_module(path)
    shell = CaptureShell(path, profile=False, mpl_format="png")   # retina costs four times as much
    if module:
        shell.user_ns.update(own_names(module))
    for cell in nb_test_cells(path, skip_flags=FLAGS, force_flags=flags):
        if EXPORTED & set(cell.directives_ or {}):
            continue
        shell.run(cell.source.replace("RUN_SLOW = False", f"RUN_SLOW = {'slow' in flags}"))
        if shell.exc:
            error = f"{type(shell.exc).__name__}: {shell.exc}"
            return f"{relative(path)}, cell {cell.id}:\n{cell.source}\n\n{error}"


def child(path, flags, answer):
    "In the process of a notebook: its failure or None, CPU seconds, and the most memory that it took, bytes."
    import cv2, torch
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        with working_directory(path.parent):
            failure = run_cells(path, flags)
    except BaseException:
        failure = f"{relative(path)}:\n{traceback.format_exc()}"
    used = resource.getrusage(resource.RUSAGE_SELF)
    answer.send((failure, used.ru_utime + used.ru_stime, used.ru_maxrss*1024))
    for worker in multiprocessing.active_children():   # joblib's idle ones would be waited for
        worker.terminate()


@pytest.fixture(scope="session")
def forking():
    "Processes that start with the heavy libraries imported."
    for name in HEAVY:
        importlib.import_module(name)
    return multiprocessing.get_context("fork")


@pytest.mark.parametrize("path", notebooks(), ids=relative)
def test_notebook(path, forking, record_property):
    here, there = forking.Pipe(duplex=False)
    process = forking.Process(target=child, args=(path, os.environ.get("FLAGS", "").split(), there))
    start = time.perf_counter()
    process.start()
    there.close()
    try:
        failure, cpu, memory = here.recv()
    except EOFError:
        process.join()
        failure, cpu, memory = f"{relative(path)}: its process died with exit code {process.exitcode}", 0, 0
    process.join()
    record_property("seconds", time.perf_counter() - start)
    record_property("cpu", cpu)
    record_property("memory", memory)
    if failure:
        pytest.fail(failure, pytrace=False)
    most = SLOW_MEMORY if "slow" in os.environ.get("FLAGS", "") else MOST_MEMORY
    assert memory < most, f"{relative(path)} took {memory/1e9:.1f} GB"


def test_some_cell_was_run():
    "A notebook whose every cell is skipped would pass for nothing."
    for path in notebooks():
        cells = nb_test_cells(path, skip_flags=FLAGS)
        assert any(not EXPORTED & set(c.directives_ or {}) for c in cells), path.name


def test_outputs_bear_no_path_of_the_machine_that_made_them():
    for path in notebooks():
        for cell in NBProcessor(path, rm_directives=False).nb.cells:
            assert "site-packages" not in str(cell.get("outputs", "")), f"{path.name}: {cell.source[:60]}"
