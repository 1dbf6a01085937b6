"Inputs of kinds that once went wrong at the command line: each with the right answer."
import json

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
