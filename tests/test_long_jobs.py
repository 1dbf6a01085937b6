"""Long jobs at the command line: killed at seeded moments and before seeded changes of names, on a full disk,
and without permission from the middle on. Two moments each in every run, fifty with the slow cells."""
import contextlib
import errno
import functools
import json
import os
import random
import re
import signal
import subprocess
import time
from unittest.mock import patch

import numpy as np
import pytest
from carlearn.cli.main import app
from carlearn.cli.options import shell
from carlearn.core.files import UNFINISHED
from killing import begun, counting, killed_after, killed_before_change, was_killed

MOMENTS = 50 if "slow" in os.environ.get("FLAGS", "") else 2
QUICK = ("--method", "orb", "--detector", "none")
# what tells one run from another of the same job
OF_A_RUN = {"seconds", "inspected", "id", "page", "date", "time", "cpu"}


def plain(value):
    "A JSON value without what tells one run from another."
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in OF_A_RUN}
    return [plain(v) for v in value] if isinstance(value, list) else value


def content(path):
    "What a file says; an error if it is half a file."
    data = path.read_bytes()
    if path.suffix == ".json":
        return plain(json.loads(data))
    if path.suffix == ".html":
        assert data.rstrip().endswith(b"</html>"), path
        return "page"
    if path.suffix == ".md" or path.name == "table.csv":
        return re.sub(rb"[\d.]+", b"0", data)      # CPU seconds stand in it
    return "picture" if path.suffix == ".png" else data


def contents(folder):
    "What lies in a folder, without what is no one's final name."
    files = (p for p in folder.rglob("*") if p.is_file())
    named = {p.relative_to(folder).as_posix(): p for p in files}
    return {name: content(p) for name, p in named.items() if not unfinished(name)}


def unfinished(name):
    "Whether a name says that what bears it is not all there yet."
    return any(part.startswith(".") or part.endswith((".training", ".unfinished", ".jsonl"))
               for part in name.split("/"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    "Small photos of two sides, with annotations, made without threads."
    from carlearn.core.photos import write_photo
    folder, draws = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    coarse = draws.integers(0, 255, (24, 32, 3), np.uint8)
    photo = np.repeat(np.repeat(coarse, 8, 0), 8, 1)
    images, regions = [], []
    for k, side in enumerate(("pickup", "return", "return")):
        (folder/side).mkdir(exist_ok=True)
        write_photo(folder/side/f"{k}.jpg", np.roll(photo, k, 1))
        images.append(dict(id=k, file_name=f"{side}/{k}.jpg", width=256, height=192))
        ring = [60, 60, 120, 60, 120, 110, 60, 110]
        drawn = dict(segmentation=[ring], bbox=[60, 60, 60, 50], iscrowd=0)
        regions.append(dict(id=k, image_id=k, category_id=1, **drawn))
    value = dict(images=images, annotations=regions, categories=[dict(id=1, name="dent")])
    (folder/"labels.json").write_text(json.dumps(value))
    return folder


def words(job, data, out):
    "The command line of a job, which writes below a folder."
    labels, pickup, back = data/"labels.json", data/"pickup", data/"return"
    light = ("--arch", "mobilenet_v2", "--max-side", 64, "--share", .34)
    planar = ("--methods", "orb", "--sets", "planar", "--pairs", 2)
    network = ("--epochs", 2, "--workers", 0, "--out", out/"net.safetensors")
    return dict(
        encoder=("train", "encoder", back, "--arch", "mobilenet_v3_small", *network),
        detector=("train", "detector", labels, *light, *network),
        pair=("inspect", pickup/"0.jpg", back/"1.jpg", "--out", out/"report", *QUICK),
        visit=("inspect", pickup, back, "--out", out/"report", *QUICK),
        aligners=("evaluate", "aligners", *planar, "--out", out/"e"),
        measured=("evaluate", "detector", "bundled", labels, "--out", out/"e"),
        pictures=("detect", *back.iterdir(), "--out", out/"found"),
        coco=("annotations", "convert", labels, out/"new.json", "--to", "coco"),
        via=("annotations", "convert", labels, out/"new.csv", "--to", "via"))[job]


JOBS = ("encoder", "detector", "pair", "visit", "aligners", "measured", "pictures", "coco", "via")


def run(job, data, out):
    out.mkdir(exist_ok=True)
    said, code = shell(app, *words(job, data, out))
    assert code in (0, 3), said
    return said


def left_over(out):
    return sorted(p.name for p in out.rglob("*") if unfinished(p.relative_to(out).as_posix())
                  and p.suffix != ".jsonl" and p.name != "runs")


@pytest.fixture(scope="module")
def threads():
    import torch
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory, threads):
    "Job → what it writes when nobody disturbs it, the seconds that it takes, and how often it changes names."
    @functools.cache
    def made(job):
        out, start = tmp_path_factory.mktemp("whole"), time.monotonic()
        with counting() as left:
            run(job, data, out)
        return contents(out), time.monotonic() - start, -1 - left[0]
    return made


@pytest.mark.parametrize("job", JOBS)
def test_a_killed_job_goes_on_and_ends_as_if_it_never_was(job, data, tmp_path, undisturbed):
    wanted, seconds, changes = undisturbed(job)
    draws, hits = random.Random(JOBS.index(job)), 0
    for moment in range(MOMENTS):
        again = functools.partial(run, job, data, out := tmp_path/f"out{moment//5}")
        if moment % 2:
            hits += killed_after(again, draws.uniform(0, seconds))
        else:
            hits += killed_before_change(again, draws.randint(1, changes))
        there = contents(out) if out.exists() else {}
        assert there == {name: wanted[name] for name in there}
        if moment % 5 in (1, 4) or moment == MOMENTS - 1:
            again()
            assert contents(out) == wanted and left_over(out) == []
    assert hits, "no kill came before the end: this tested nothing"
    print(f"{job}: {MOMENTS} moments, {hits} before the end, {changes} changes of names")


def test_a_detector_killed_right_after_its_last_checkpoint_knows_all_its_epochs(data, tmp_path, undisturbed):
    "Once, the table of the last epoch was written only then."
    def job():
        plain, written = os.replace, []

        def replaced(source, target):
            plain(source, target)
            written.append(str(target).endswith("checkpoint.pt"))
            if sum(written) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        with patch("os.replace", replaced):
            run("detector", data, tmp_path)

    assert was_killed(begun(job))
    run("detector", data, tmp_path)
    assert contents(tmp_path) == undisturbed("detector")[0]


@contextlib.contextmanager
def failing(trouble, after):
    "After so many files that got their names, the system refuses to give more of them."
    left = [after]

    def refusing(plain):
        def call(source, *more):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(trouble, os.strerror(trouble), str(source))
            return plain(source, *more)
        return call

    with patch("os.replace", refusing(os.replace)), patch("os.rename", refusing(os.rename)):
        yield


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_or_a_lost_permission_is_one_sentence(job, trouble, data, tmp_path, undisturbed):
    "The next run goes on where it was."
    if MOMENTS == 2 and (JOBS.index(job) + (trouble == errno.EACCES)) % 2:
        pytest.skip("with the slow cells")
    wanted, draws = undisturbed(job)[0], random.Random(trouble)
    for k in range(max(1, MOMENTS//10)):
        with failing(trouble, draws.randint(0, 2) if k else 0):
            said, code = shell(app, *words(job, data, tmp_path))
        there = contents(tmp_path)
        assert there == {name: wanted[name] for name in there}
        assert code in ((0, 2, 3) if k else (2,)), said
        last = said.strip().splitlines()[-1]
        assert code != 2 or last.startswith("carlearn: ") and os.strerror(trouble) in last, said
    run(job, data, tmp_path)
    assert contents(tmp_path) == wanted and left_over(tmp_path) == []


@pytest.mark.parametrize("job, room", [("pair", "16k"), ("encoder", "4m")])
def test_a_disk_that_is_full_is_one_sentence(job, room, data, tmp_path, undisturbed):
    "A file system of its own, too small for the result, and then one that is large enough."
    (disk := tmp_path/"disk").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount")
    try:
        said, code = shell(app, *words(job, data, disk))
        assert code == 2 and "No space left" in said.strip().splitlines()[-1], said
        assert contents(disk) == {}
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        run(job, data, disk)
        assert contents(disk) == undisturbed(job)[0] and left_over(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_tables_of_two_runs_do_not_mix(tmp_path):
    "Killed anywhere while a second result replaces the first, the seal is there only with files of one."
    from carlearn.core.files import write_together
    versions = [{name: f"{k} {name}" for name in ("curve.png", "pairs.csv", "table.csv")} for k in range(2)]
    for number in range(1, 12):
        write_together(out := tmp_path/str(number), versions[0])
        killed_before_change(lambda o=out: write_together(o, versions[1]), number)
        there = {p.name: p.read_text() for p in out.iterdir() if p.is_file()}
        assert "table.csv" not in there or there in versions
        write_together(out, versions[1])
        assert {p.name for p in out.iterdir()} == set(versions[1])
        assert not [p for p in tmp_path.iterdir() if p.name.startswith(UNFINISHED)]
