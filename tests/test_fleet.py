"A run of visits is killed wherever it may be, and its records are those of a run that nobody disturbed."
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from carlearn.core.samples import samples_path

pytest.importorskip("pyarrow")
SLOW = "slow" in os.environ.get("FLAGS", "")
VISITS = 4 if SLOW else 2
KILLS = 20 if SLOW else 1


def table(folder):
    "A table of visits: pairs of the samples, one bad photo, one that is not there."
    rows = ["visit,pickup,return"]
    for k, name in enumerate(["front", "left_side", "front_left", "rear_right"][:VISITS]):
        for side in ("pre", "post"):
            shutil.copy(samples_path()/name/f"{side}.jpg", folder/f"{k}_{side}.jpg")
        rows.append(f"visit {k},{k}_pre.jpg,{k}_post.jpg")
    (folder/"text.jpg").write_text("no photo")
    rows += ["bad,text.jpg,0_post.jpg", "gone,0_pre.jpg,gone.jpg"]
    (folder/"visits.csv").write_text("\n".join(rows) + "\n")
    return folder/"visits.csv"


def command(visits, out, *more):
    return [sys.executable, "-m", "carlearn", "fleet", str(visits), "--out", str(out), "-m", "tuned",
            "--detector", "none", "--processes", "1", *more]


def records(out):
    "visit -> what its record holds, seconds and tries aside."
    def plain(value):
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k not in ("seconds", "attempts")}
        return [plain(v) for v in value] if isinstance(value, list) else value
    found = [json.loads(p.read_text()) for p in (out/"records").glob("*.json")]
    return {r["visit"]: plain(r) for r in found}


def children(pid):
    "Processes that a process has started and that still run."
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(p) for p in found]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    "(table, records, seconds) of a run that nobody disturbed."
    folder = tmp_path_factory.mktemp("fleet")
    visits, start = table(folder), time.monotonic()
    done = subprocess.run(command(visits, folder/"out"), capture_output=True, text=True)
    assert done.returncode == 3, done.stderr    # two visits cannot be inspected
    return visits, records(folder/"out"), time.monotonic() - start


def test_every_visit_has_a_record(undisturbed):
    found = undisturbed[1]
    assert [found[f"visit {k}"]["status"] for k in range(VISITS)] == ["done"]*VISITS
    assert (found["bad"]["kind"], found["gone"]["kind"]) == ("input", "input")


def killed_at(seconds, line):
    "Start a run and kill it after some seconds; whether it was still at work."
    run = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run.wait(seconds)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
        return True
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_killed_anywhere_the_records_are_the_same(undisturbed, tmp_path):
    visits, wanted, took = undisturbed
    draw = random.Random(7)
    for _ in range(KILLS):
        killed_at(draw.uniform(.2, 1)*took/(1 if KILLS == 1 else 3), command(visits, tmp_path/"out"))
        for path in (tmp_path/"out"/"records").glob("*.json"):
            json.loads(path.read_text())                 # what is under its name is whole
    done = subprocess.run(command(visits, tmp_path/"out"), capture_output=True, text=True)
    assert done.returncode == 3, done.stderr    # two visits cannot be inspected
    assert records(tmp_path/"out") == wanted


@pytest.mark.skipif(shutil.which("pgrep") is None, reason="needs pgrep")
def test_a_worker_that_is_killed_costs_one_try(undisturbed, tmp_path):
    visits, wanted, _ = undisturbed
    run = subprocess.Popen(command(visits, tmp_path/"out"), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    workers = []
    while not workers and run.poll() is None:
        time.sleep(.2)
        workers = [p for p in children(run.pid) if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]
    time.sleep(1)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    assert run.wait() == 3
    assert records(tmp_path/"out") == wanted


@pytest.mark.skipif(not SLOW, reason="slow: make test-all")
@pytest.mark.parametrize("room", ["64k", "400k"])
def test_a_disk_that_fills_ends_the_run_in_a_sentence_and_it_goes_on(undisturbed, room, tmp_path):
    visits, wanted, _ = undisturbed
    (disk := tmp_path/"disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount")
    try:
        full = subprocess.run(command(visits, disk/"out"), capture_output=True, text=True)
        said = full.stderr.strip().splitlines()[-1]
        assert full.returncode == 2 and "No space left" in said and "Traceback" not in full.stderr, said
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        done = subprocess.run(command(visits, disk/"out"), capture_output=True, text=True)
        assert done.returncode == 3, done.stderr    # two visits cannot be inspected
        assert records(disk/"out") == wanted
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
