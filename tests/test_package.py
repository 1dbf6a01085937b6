"The wheel holds what it needs, and the requirements fit Colab."
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT, read_settings

PIP = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
       "--only-binary", ":all:"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return out


def test_wheel_is_built_from_the_source_archive_and_holds_the_samples(wheel, root):
    names = set(zipfile.ZipFile(next(wheel.glob("*.whl"))).namelist())
    files = [p for p in (root/"data_samples").rglob("*") if p.suffix in (".jpg", ".png", ".json", ".csv")]
    samples = {f"carlearn/{p.relative_to(root)}" for p in files}
    assert samples and samples <= names
    assert {p.relative_to(root).as_posix() for p in (root/"carlearn").rglob("*.py")} <= names
    results = [p for p in (root/"carlearn"/"results").rglob("*") if p.is_file()]
    tables = {p.relative_to(root).as_posix() for p in results}
    assert tables and tables <= names
    models = {p.relative_to(root).as_posix() for p in (root/"carlearn"/"models").iterdir() if p.is_file()}
    assert models and models <= names
    assert not [n for n in names if n.startswith(("tests/", "nbs/"))]


def test_metadata_comes_from_settings(wheel, settings):
    archive = zipfile.ZipFile(next(wheel.glob("*.whl")))
    metadata = archive.read(next(n for n in archive.namelist() if n.endswith("METADATA"))).decode()
    for line in (f"Name: {settings['lib_name']}", f"Version: {settings['version']}",
                 f"Requires-Python: >={settings['min_python']}",
                 f"Project-URL: Repository, {settings['git_url']}",
                 "Provides-Extra: dev", "Provides-Extra: render"):
        assert re.search(rf"^{re.escape(line)}$", metadata, re.M), line
    for requirement in settings["requirements"].split():
        name = re.match(r"[\w-]+", requirement)[0]
        required = re.search(rf"^Requires-Dist: {name}[^;\w-]*[^;]*$", metadata, re.M)
        assert required, f"{name} is no requirement of the wheel"
    assert "](nbs/" not in metadata, "links to lessons that are dead on PyPI"
    assert "/blob/main/nbs/images" not in metadata, "pictures by the address of a page that shows them"


def test_samples_stay_small(root):
    assert sum(p.stat().st_size for p in (root/"data_samples").rglob("*") if p.is_file()) <= 6e6


def pip_plan(report, *arguments):
    "What pip would do, which also goes to a report."
    return subprocess.run([*PIP, "--report", str(report), *arguments], capture_output=True, text=True)


@pytest.mark.skipif("slow" not in os.environ.get("FLAGS", ""), reason="slow: make test-all")
def test_nothing_on_colab_would_be_replaced(root, tmp_path):
    "With Colab's versions as constraints, pip finds a solution that uses them."
    constraints = root/"constraints"/"colab.txt"
    without_comments = [line.split("#")[0].strip() for line in constraints.read_text().splitlines()]
    pins = [line for line in without_comments if "==" in line]
    there = pip_plan(tmp_path/"pins.json", "--no-deps", *pins)
    if there.returncode:
        reason = there.stderr.strip().splitlines()[-1]
        pytest.skip(f"this index lacks Colab's wheels for this Python: {reason}")
    requirements = [r.strip() for r in read_settings()["requirements"].splitlines() if r.strip()]
    done = pip_plan(tmp_path/"all.json", "-c", str(constraints), *requirements)
    assert done.returncode == 0, done.stderr
    installed = json.loads((tmp_path/"all.json").read_text())["install"]
    used = {i["metadata"]["name"].lower().replace("_", "-") for i in installed}
    assert {"numpy", "torch", "torchvision", "fastai", "opencv-python", "ipywidgets"} <= used
