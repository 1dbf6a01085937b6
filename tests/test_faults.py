"Inputs of kinds that once went wrong at the command line: each with the right answer."
import csv
import json
import subprocess
import sys
from pathlib import PureWindowsPath

import numpy as np
import pytest
from carlearn.cli.main import app
from carlearn.cli.options import shell
from PIL import Image

SQUARE = [60, 60, 120, 60, 120, 110, 60, 110]


def photo(path, size=(160, 120), **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size[::-1], 3), 90, np.uint8)).save(path, **how)


def coco(image=None, annotation=None, n=1):
    size = {"width": 160, "height": 120}
    images = [{"id": k, "file_name": f"{k}.jpg"} | size | (image or {}) for k in range(n)]
    drawn = {"category_id": 1, "segmentation": [SQUARE], "bbox": [60, 60, 60, 50], "iscrowd": 0}
    annotations = [{"id": k, "image_id": k} | drawn | (annotation or {}) for k in range(n)]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "dent"}]}


def check(folder, value, *options):
    (folder/"labels.json").write_text(json.dumps(value))
    return shell(app, "annotations", "check", folder/"labels.json", *options)


@pytest.mark.parametrize("name, on_disk, options", [
    ("0.jpg", "0.JPG", ()), ("0.jpg", "data/0.jpg", ()), ("0.jpg", "images/0.jpg", ()),
    (".\\0.jpg", "0.jpg", ()), ("C:\\me\\0.jpg", "shots/0.jpg", ("--photos", "shots")),
    ("../x/0.jpg", "shots/sub/0.jpg", ("--photos", "shots")),
    ("https://example.org/0.jpg", "shots/0.jpg", ("--photos", "shots")),
    ("../x/0.jpg", "../x/0.jpg", ("--outside",))])
def test_a_photo_is_found(tmp_path, monkeypatch, name, on_disk, options):
    home = tmp_path/"home"
    photo(home/on_disk, format="JPEG")
    monkeypatch.chdir(home)
    said, code = check(home, coco({"file_name": name}), *options)
    assert code == 0 and "no problems" in said, said


def test_what_leads_out_is_not_opened_but_costs_no_region(tmp_path):
    home = tmp_path/"home"
    photo(tmp_path/"0.jpg")
    home.mkdir()
    (home/"link.jpg").symlink_to("../0.jpg")
    for name, option in (("../0.jpg", "--outside"), ("link.jpg", "--follow-links")):
        said, code = check(home, coco({"file_name": name}))
        assert code == 0 and "1 regions" in said and option in said, said
        assert "no problems" in check(home, coco({"file_name": name}), option)[0]


def test_boxes_are_told(tmp_path):
    photo(tmp_path/"0.jpg")
    said, _ = check(tmp_path, coco(annotation={"segmentation": []}), "--explain")
    assert "1 of the regions are boxes" in said and "filled rectangles" in said


def test_a_detector_says_first_what_it_learns_and_keeps_it(tmp_path):
    for part in ("train", "valid"):
        for k in range(2):
            photo(tmp_path/part/f"{k}.jpg")
        (tmp_path/part/"_annotations.coco.json").write_text(json.dumps(coco(n=2)))
    small = ("--arch", "mobilenet_v2", "--epochs", 1, "--max-side", 64, "--out", tmp_path/"d.safetensors")
    said, code = shell(app, "train", "detector", tmp_path, *small)
    assert code == 0 and said.startswith("2 photos, 2 regions"), said
    card = json.loads((tmp_path/"d.json").read_text())["training"]
    assert card["learned"]["classes"]["dent"]["polygon"] == 2
    other = coco() | {"categories": [{"id": 1, "name": "rust"}]}
    (tmp_path/"train"/"_annotations.coco.json").write_text(json.dumps(other))
    said, code = shell(app, "evaluate", "detector", tmp_path/"d.safetensors", tmp_path/"train")
    assert code == 2 and "nothing to measure" in said, said


def test_no_cell_of_a_written_table_starts_a_formula(tmp_path):
    for k in range(2):
        photo(tmp_path/"set"/f"=1+{k}.jpg")
    images = [{"id": k, "file_name": f"=1+{k}.jpg", "width": 160, "height": 120} for k in range(2)]
    value = coco(n=2) | {"images": images}
    for r in value["annotations"]:
        r["attributes"] = {"note": "a;=1"}
    (tmp_path/"set"/"labels.json").write_text(json.dumps(value))
    said, code = shell(app, "evaluate", "detector", "bundled", tmp_path/"set", "--out", tmp_path/"out")
    assert code == 0, said
    said, code = shell(app, "annotations", "convert", tmp_path/"set", tmp_path/"out"/"via.csv", "--to", "via",
                       "--photos", tmp_path/"set")
    assert code == 0, said
    tables = list((tmp_path/"out").glob("*.csv"))
    cells = [c for p in tables for sep in ",;" for row in csv.reader(p.open(newline=""), delimiter=sep)
             for c in row]
    assert len(tables) > 4 and any("=1+0.jpg" in c for c in cells)
    assert not [c for c in cells if c.startswith(tuple("=+@\t\r"))]
    said, code = check(tmp_path/"set", value)
    assert "no problems" in said


@pytest.mark.parametrize("option", ["--follow-links", "--outside"])
def test_measuring_takes_the_options_of_paths_too(tmp_path, option):
    for command in ("detector", "inspection"):
        said, _ = shell(app, "evaluate", command, "--help")
        assert option in said


def test_ctrl_c_while_modules_are_imported_is_one_line():
    stop = ("import builtins, os, signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "import carlearn.__main__ as m\nplain = builtins.__import__\n"
            "def slow(name, *more):\n    if name == 'typer':\n        os.kill(os.getpid(), signal.SIGINT)\n"
            "    return plain(name, *more)\nbuiltins.__import__ = slow\nm.main()")
    done = subprocess.run([sys.executable, "-c", stop], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "carlearn: interrupted.\n")


@pytest.mark.parametrize("command", [
    ("train", "encoder", "NAME"), ("decide", "NAME", 1, "accepted", "--by", "A"), ("verify", "NAME", "x.jpg"),
    ("annotations", "check", "NAME"), ("export", "NAME", "--csv", "x.csv")])
def test_a_name_too_long_for_the_disk_is_one_line(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    said, code = shell(app, *("n"*300 if word == "NAME" else word for word in command))
    assert code == 2 and said.startswith("carlearn: ") and said.count("\n") == 1, said
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_gigabytes_is_not_read(tmp_path):
    with (tmp_path/"report.json").open("wb") as file:
        file.truncate(12 << 30)
    said, code = shell(app, "verify", tmp_path, "x.jpg")
    assert code == 2 and "damaged" in said, said


def test_a_table_or_a_photo_of_gigabytes_is_not_read_for_an_inspection(tmp_path):
    photo(tmp_path/"a.jpg")
    for name in ("b.jpg", "steps.toml"):
        with (tmp_path/name).open("wb") as file:
            file.truncate(12 << 30)
    quick = ("--method", "orb", "--detector", "none", "--out", tmp_path/"out")
    said, code = shell(app, "inspect", tmp_path/"a.jpg", tmp_path/"b.jpg", *quick)
    assert code == 2 and "12.9 GB" in said, said
    said, code = shell(app, "inspect", *[tmp_path/"a.jpg"]*2, *quick, "--severity", tmp_path/"steps.toml")
    assert code == 2 and "larger than 10 MB" in said, said


@pytest.mark.parametrize("package, command", [
    ("fastai", ("train", "encoder", "HERE")), ("pandas", ("annotations", "check", "HERE/labels.json")),
    ("scipy", ("align", "HERE/0.jpg", "HERE/1.jpg"))])
def test_a_package_that_is_missing_is_one_line(tmp_path, package, command):
    "As after pip install --no-deps, or with a requirement taken away."
    for k in range(2):
        photo(tmp_path/f"{k}.jpg")
    (tmp_path/"labels.json").write_text(json.dumps(coco(n=2)))
    hide = ("import sys\nclass Hide:\n    def find_spec(self, name, *_):\n"
            f"        if name.partition('.')[0] == {package!r}:\n"
            "            raise ModuleNotFoundError(name, name=name)\n"
            "sys.meta_path.insert(0, Hide())\nfrom carlearn.__main__ import main\nmain()")
    words = [w.replace("HERE", str(tmp_path)) for w in command]
    done = subprocess.run([sys.executable, "-c", hide, *words], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and package in done.stderr, done.stderr


@pytest.mark.parametrize("name", [
    r"C:\me\0.jpg", r"\\server\share\0.jpg", r"..\0.jpg", r"sub\0.jpg", "C:0.jpg", r"\\?\C:\0.jpg",
    r"a\..\0.jpg"])
def test_paths_of_windows_lead_out_exactly_where_windows_says_so(name):
    from carlearn.annotations.paths import leads_out
    windows = PureWindowsPath(name)
    out = bool(windows.anchor) or ".." in windows.parts
    assert bool(leads_out(name)) == out


@pytest.mark.parametrize("chosen, used", [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")])
def test_threads_of_two_inspections_do_not_wait_awake_unless_asked_to(monkeypatch, chosen, used):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    show = "import atexit, os, carlearn.__main__ as m\n" \
           "atexit.register(lambda: print(os.environ['OMP_WAIT_POLICY']))\nm.main()"
    done = subprocess.run([sys.executable, "-c", show, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.endswith(f"{used}\n")


def under_a_grid(photo):
    out, (h, w) = photo.copy(), photo.shape[:2]
    for k in range(1, 6):
        out[:, w*k//6 - 1:w*k//6 + 1] = 255
        out[h*k//6 - 1:h*k//6 + 1] = 255
    return out


def test_lines_over_both_photos_neither_bend_the_map_nor_speak_for_another_car():
    from carlearn import align
    from carlearn.core.homography import transform_points
    from carlearn.core.photos import read_photo
    from carlearn.core.samples import samples_path
    from carlearn.core.synthetic_pairs import homography_pair
    pre, other = (read_photo(samples_path()/p) for p in ("front_left/pre.jpg", "other_car/post.jpg"))
    made = homography_pair(pre, "easy", seed=10)
    found = align(under_a_grid(made.pre), under_a_grid(made.post))
    at = np.array([(x, y) for x in range(160, 500, 60) for y in range(120, 400, 60)], float)
    assert not found.refused
    assert np.linalg.norm(found.map(at) - transform_points(made.H, at), axis=1).max() < 3
    assert align(under_a_grid(pre), under_a_grid(other)).refused
