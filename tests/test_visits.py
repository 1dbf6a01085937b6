"Visits at a shell: killed and started again, full disks, folders that cannot be written, hostile names."
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from carlearn.core.photos import write_photo

QUICK = ["--method", "tuned", "--detector", "none", "--false-alarms", "0.5"]


# In a process of its own: OpenCV's threads in this one would stop the notebooks' processes forked from it.
SIDES = """import sys
from pathlib import Path
from carlearn.core.photos import read_photo, write_photo
from carlearn.core.samples import samples_path
from carlearn.core.synthetic_pairs import homography_pair
pair = homography_pair(read_photo(samples_path()/"door_close_up"/"pre.jpg"), "easy", seed=4, scratch=True)
returned = {"<img src=x onerror=alert(1)>": pair.post, "b": homography_pair(pair.post, "easy", seed=9).post,
            "c": pair.post[::2, ::2]}
for side, photos in {"pickup": {"a": pair.pre}, "return": returned}.items():
    (Path(sys.argv[1])/side).mkdir()
    for name, photo in photos.items():
        write_photo(Path(sys.argv[1])/side/f"{name}.jpg", photo)"""


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    "Folders of one photo at pick-up and three at return; names hold HTML."
    work = tmp_path_factory.mktemp("visit")
    subprocess.run([sys.executable, "-c", SIDES, work], check=True)
    return work/"pickup", work/"return"


def command(*argv):
    "The line that a shell would run."
    return [sys.executable, "-m", "carlearn", *map(str, argv)]


def run(*argv, **options):
    return subprocess.run(command(*argv), capture_output=True, text=True, **options)


def facts_of(folder):
    "What a report says, without times."
    facts = json.loads((folder/"report.json").read_text(encoding="utf-8"))
    for pair in facts["pairs"]:
        pair["alignment"]["seconds"] = 0
    return {k: v for k, v in facts.items() if k not in ("inspected", "id", "page")}


@pytest.fixture(scope="module")
def whole(sides, tmp_path_factory):
    "The report of a visit that nobody disturbed."
    out = tmp_path_factory.mktemp("whole")/"report"
    done = run("inspect", *sides, "--out", out, *QUICK)
    assert done.returncode == 0, done.stderr
    return out


def test_a_killed_visit_goes_on_and_says_the_same(sides, whole, tmp_path):
    out, left = tmp_path/"report", tmp_path/"report.unfinished"
    process = subprocess.Popen(command("inspect", *sides, "--out", out, *QUICK),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (left/"pair-01.json").exists() and process.poll() is None:
        time.sleep(.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists(), "a report of half a visit"
    stamp = (left/"pair-01.json").stat().st_mtime_ns
    assert all(json.loads(p.read_text()) for p in left.glob("*.json"))
    resumed = run("inspect", *sides[::-1], "--out", out, *QUICK)           # another visit, same place
    assert resumed.returncode == 2 and "other photos or settings" in resumed.stderr
    assert (left/"pair-01.json").stat().st_mtime_ns == stamp
    done = run("inspect", *sides, "--out", out, *QUICK)
    assert done.returncode == 0, done.stderr
    assert facts_of(out) == facts_of(whole)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report"]


def test_photos_and_report_belong_together(sides, whole):
    done = run("verify", whole, *sides)
    assert done.returncode == 0, done.stdout
    page = (whole/"report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page and "&lt;img src=x onerror" in page
    assert run("verify", whole, sides[0]).returncode == 3                   # the return photos are missing


def test_another_cars_report_stays(sides, whole, tmp_path):
    wall = tmp_path/"wall.png"
    write_photo(wall, np.full((300, 400, 3), 120, np.uint8))
    before = (whole/"report.json").read_bytes()
    done = run("inspect", wall, wall, "--out", whole)
    assert done.returncode == 2 and "on other photos" in done.stderr and done.stderr.count("\n") == 1
    assert (whole/"report.json").read_bytes() == before


def test_a_full_disk_leaves_no_half_report(sides, tmp_path):
    "No file may grow beyond 20 kB: as a full disk, in the middle of writing."
    def few(): resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    pickup, back = (next(folder.glob("[ab].jpg")) for folder in sides)
    done = run("inspect", pickup, back, "--out", tmp_path/"report", *QUICK, preexec_fn=few)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1 and "cannot be written" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_place_is_told_before_the_work(sides, tmp_path):
    tmp_path.chmod(0o500)
    done = run("inspect", *sides, "--out", tmp_path/"report", *QUICK)
    tmp_path.chmod(0o700)
    assert done.returncode == 2 and "cannot be written to" in done.stderr


CLERK = """import sys
from carlearn.inspection.decisions import decide
for k in range(10_000):
    decide(sys.argv[1], 1, "accepted", f"clerk {k}")
    print(k, flush=True)"""


def test_a_kill_in_the_middle_of_a_decision_loses_nothing(whole, tmp_path):
    "What was kept before the kill is kept after it, and the next decision mends the page."
    from carlearn.inspection.decisions import decide
    from carlearn.inspection.evidence import read_report, verify_report
    shutil.copytree(whole, folder := tmp_path/"report")
    kept = 0
    for k in range(6):
        clerk = subprocess.Popen([sys.executable, "-c", CLERK, folder], stdout=subprocess.PIPE, text=True)
        told = [clerk.stdout.readline() for _ in range(2 + k)]
        time.sleep(.003*k)
        clerk.kill()
        told += clerk.stdout.readlines()
        clerk.wait()
        decisions = read_report(folder)["decisions"]
        assert len(decisions) >= kept + len(told)
        kept = len(decisions)
    decide(folder, 1, "rejected", "Anna")
    lines = verify_report(folder, []).lines
    assert [right for right, _ in lines[:2]] == [True, True], lines[:2]
