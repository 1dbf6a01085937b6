"Shared by the tests: the project's root, settings and notebooks, and what each notebook took."
import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("MPLBACKEND", "agg")
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    # Two test processes share the cores, and forked ones start no thread pools.
    os.environ.setdefault(name, "1")
MOST_SHOWN = int(os.environ.get("SHOWN", "12"))   # notebooks in the summary
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT/"tools"))
from settings import notebooks, read_settings, reading_minutes  # noqa: E402, F401


def relative(path):
    "A notebook's path below nbs/, as the tests name it."
    return path.relative_to(ROOT/"nbs").as_posix()


@pytest.fixture(scope="session", autouse=True)
def no_pool():
    "OpenCV starts no threads here: a forked process would wait for them for ever."
    import cv2
    cv2.setNumThreads(1)


@pytest.fixture
def root(): return ROOT


@pytest.fixture
def settings(): return read_settings()


def pytest_terminal_summary(terminalreporter):
    "The notebooks that took longest, with their memory."
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    took = [(r.nodeid, dict(r.user_properties)) for r in reports if r.user_properties]
    rows = sorted((p["seconds"], p["cpu"], p["memory"], name) for name, p in took if "memory" in p)
    if rows:
        terminalreporter.section("notebooks: seconds, CPU seconds, GB")
    for seconds, cpu, memory, name in rows[:-(MOST_SHOWN + 1):-1]:
        terminalreporter.write_line(f"{seconds:6.1f} {cpu:6.1f}  {memory/1e9:4.1f}  {name}")
