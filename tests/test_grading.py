"""The sample submissions of the capstone, graded: three that answer, one that crashes, one that sleeps; and
two of the second track, new damage.

With FLAGS=slow on a set of usual size, as an instructor would; else on one pair of each kind."""
import os
import shutil
import tempfile
from dataclasses import replace

import pandas as pd
import pytest
from carlearn.course.grading import Limits, grade
from conftest import ROOT

SLOW = "slow" in os.environ.get("FLAGS", "")
SUBMISSIONS = ROOT/"course"/"submissions"


def graded(out, name, files, limits):
    "The grades of some of the submissions, in a folder of their own."
    folder = out/f"{name} submissions"
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder)
    return grade(folder, 4711, out/name, each=12 if SLOW else 1, limits=limits,
                 baseline=SLOW and name == "grades")


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    out = tmp_path_factory.mktemp("grades")
    limits = Limits() if SLOW else Limits(seconds=30, start=40, start_wall=40, wall=60)
    awake = [p for p in SUBMISSIONS.glob("*.py") if p.stem != "sleeps"]
    with pytest.MonkeyPatch.context() as patch:      # a folder of its own: other tests grade beside it
        (out/"temporary").mkdir()
        patch.setattr(tempfile, "tempdir", str(out/"temporary"))
        found = graded(out, "grades", awake, limits)
        # apart from the others, so that nobody waits a minute for it
        asleep = graded(out, "asleep", [SUBMISSIONS/"sleeps.py"], replace(limits, start_wall=8, wall=8))
    return pd.concat([found.table, asleep.table], ignore_index=True), out/"grades"


def test_those_that_answer_are_ahead_of_those_that_do_not(grades):
    score = grades[0].set_index("submission").score
    names = {p.stem for p in SUBMISSIONS.glob("*.py")}
    assert names <= set(score.index) and score.notna().all()
    assert min(score[["sift", "tuned", "encoder"]]) > max(score[["crashes", "sleeps"]]) == -100


def test_each_failure_has_its_sentence(grades):
    said = grades[0].set_index("submission")["what happened"]
    assert "AttributeError: 'numpy.ndarray' object has no attribute 'width'" in said["crashes"]
    assert "did not end on 1 pair (no answer after" in said["sleeps"] and "not tried" in said["sleeps"]


def test_the_leaderboard_shows_no_seed(grades):
    page = (grades[1]/"leaderboard.html").read_text(encoding="utf-8")
    assert "4711" not in page and "encoder" in page
    assert '"seed": 4711' in (grades[1]/"grading.json").read_text(encoding="utf-8")


def test_submissions_leave_nothing_behind(grades):
    assert not list((grades[1].parent/"temporary").iterdir())


@pytest.mark.parametrize("name", ["difference", pytest.param("inspected", marks=pytest.mark.skipif(
    not SLOW, reason="slow: make test-all"))])
def test_the_second_track_has_a_plain_and_a_full_submission(name, tmp_path):
    (tmp_path/f"{name}.py").write_bytes((ROOT/"course"/"submissions_damage"/f"{name}.py").read_bytes())
    found = grade(tmp_path, 4711, track="damage", each=2, baseline=False,
                  limits=Limits(seconds=30, start=60, start_wall=300, wall=300))
    line = found.table.set_index("submission").loc[name]
    assert (found.rows.status == "answered").all() and line.found + line.missed == 2
    assert line.found > 0 or name == "inspected"
