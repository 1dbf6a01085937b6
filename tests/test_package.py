"The wheel holds what it needs, and the requirements fit Colab."
import json
import re
import subprocess
import sys
import zipfile

import pytest
from conftest import read_settings


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    from conftest import ROOT
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)], check=True, capture_output=True)
    return out


def test_wheel_is_built_from_the_source_archive_and_holds_the_samples(wheel, root):
    names = set(zipfile.ZipFile(next(wheel.glob("*.whl"))).namelist())
    samples = {str(p.relative_to(root)) for p in (root/"data_samples").rglob("*") if p.suffix in (".jpg", ".png", ".json", ".csv")}
    assert samples and {f"carlearn/{s}" for s in samples} <= names
    assert {p.relative_to(root).as_posix() for p in (root/"carlearn").rglob("*.py")} <= names
    tables = {p.relative_to(root).as_posix() for p in (root/"carlearn"/"results").rglob("*.*")}
    assert tables and tables <= names
    assert not [n for n in names if n.startswith(("tests/", "nbs/"))]


def test_metadata_comes_from_settings(wheel, settings):
    archive = zipfile.ZipFile(next(wheel.glob("*.whl")))
    metadata = archive.read(next(n for n in archive.namelist() if n.endswith("METADATA"))).decode()
    for line in (f"Name: {settings['lib_name']}", f"Version: {settings['version']}", f"Requires-Python: >={settings['min_python']}",
                 f"Project-URL: Repository, {settings['git_url']}", "Provides-Extra: dev", "Provides-Extra: render"):
        assert re.search(rf"^{re.escape(line)}$", metadata, re.M), line
    for requirement in settings["requirements"].split():
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"^Requires-Dist: {name}[^;\w-]*[^;]*$", metadata, re.M), f"{name} is no requirement of the wheel"
    assert "](nbs/" not in metadata, "links to lessons that are dead on PyPI"


def test_samples_stay_small(root):
    assert sum(p.stat().st_size for p in (root/"data_samples").rglob("*") if p.is_file()) <= 6e6


def test_nothing_on_colab_would_be_replaced(root, tmp_path):
    "With Colab's versions as constraints, pip finds a solution that uses them."
    constraints = root/"constraints"/"colab.txt"
    pins = [line.split("#")[0].strip() for line in constraints.read_text().splitlines() if "==" in line.split("#")[0]]
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--only-binary", ":all:", "--report"]
    there = subprocess.run([*pip, str(tmp_path/"pins.json"), "--no-deps", *pins], capture_output=True, text=True)
    if there.returncode: pytest.skip(f"this index lacks Colab's wheels for this Python: {there.stderr.strip().splitlines()[-1]}")
    requirements = [r.strip() for r in read_settings()["requirements"].splitlines() if r.strip()]
    done = subprocess.run([*pip, str(tmp_path/"all.json"), "-c", str(constraints), *requirements], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    used = {i["metadata"]["name"].lower().replace("_", "-") for i in json.loads((tmp_path/"all.json").read_text())["install"]}
    assert {"numpy", "torch", "torchvision", "fastai", "opencv-python", "ipywidgets"} <= used
