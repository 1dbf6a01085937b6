"The wheel holds what it needs, the requirements fit Colab, and modules import only what stands below them."
import ast
import json
import re
import subprocess
import sys
import zipfile

import pytest
from conftest import read_settings

# Who may import whom: only from a lower floor. Modules of one room stand in the order given.
FLOORS = {"core": 0, "pictures": .5, "regions": .9, "annotated": .92, "files": .93, "checks": .94, "via": .95, "coco": .96, "splits": .97, "annotations": 1, "classical": 1, "imgaug_compat": .6, "patches": 1, "keypoints": 1.1, "patchdata": 1.2, "scenes": 2, "lens": 2.01, "planes": 2.02, "bench": 2.03,
          "styles": 2.1, "body": 2.15, "panels": 2.2, "drawings": 2.25, "parts": 2.3, "damages": 2.4, "breakage": 2.45, "places": 2.5, "garages": 2.55, "render": 2.6, "paints": 2.65,
          "photos": 2.7, "views": 2.75, "trainviews": 2.8, "ntxent": 3, "encoders": 3.1, "training": 3.2, "reproduction": 3.3, "embeddings": 3.4, "similarity": 3.5, "viewpairs": 3.6, "conditions": 3.65, "refine": 3.7, "dense": 3.72, "denseviews": 3.74, "confidence": 3.8, "patchaligner": 3.85, "densealigner": 3.87, "epipolar": 3.88, "fields": 3.885, "facets": 3.883, "fieldaligner": 3.89, "caraligner": 3.895, "matchers": 3.9, "damagedata": 3.91, "networks": 3.92, "precision": 3.93, "damagelearner": 3.94, "layers": 3.95, "stages": 3.96, "detector": 3.97, "maskrcnn": 4, "alignment": 4,
          "errors": 4.65, "relief": 4.68, "truthsets": 4.7, "descriptors": 4.72, "results": 4.75, "changes": 4.8, "report": 4.9, "evaluation": 5, "charts": 5.1, "inspection": 5, "fleet": 6, "page": 6, "cli_evaluate": 6.85, "cli_train": 6.9, "cli_detect": 6.95, "cli": 7}


def test_modules_import_only_from_lower_floors(root):
    for path in (root/"carlearn").glob("[a-z]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("carlearn.")):
                used = (node.module or "core").removeprefix("carlearn.").split(".")[0]
                assert FLOORS[used] < FLOORS[path.stem], f"{path.name} imports {used}, which does not stand below it"


def test_modules_can_be_read_in_one_sitting(root):
    for path in (root/"carlearn").glob("[a-z]*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 320, f"{path.name} has {lines} lines: it is two ideas, split it"


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
    assert {f"carlearn/{p.name}" for p in (root/"carlearn").glob("*.py")} <= names
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
