"""How well the network of parts tells car, body, glass, lamps and wheels, set by set.

    python benchmarks/parts.py OUT [--weights FILE] [--parts FOLDER --teacher FILE --cache FOLDER]
                               [--nicolasmetallo FOLDER] [--bilgi FOLDER] [--side 480] [--card]

Sets, none of them trained on: the test half of the bundled benchmark (rendered, exact labels); the test set
of the car parts data set, its polygons completed by the teacher of tools/vehicle_masks.py where that is sure;
parts of damaged cars of nicolasmetallo (MIT), where nothing says what is background; and the damages of the
validation part of Bilgi University's set, which must lie on what is called car. Writes OUT/iou.csv,
OUT/confusion.csv (shares of each label), OUT/photos.csv (a row a photo, worst first), OUT/damage.csv; with
--card the network's card says the figures too."""
import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from carlearn.annotations.reading import read_annotations
from carlearn.core.files import make_folder, write_file, write_json
from carlearn.core.samples import bundled
from carlearn.detection.sources import bilgi_annotations
from carlearn.inspection.car_parts import (
    car_parts, likeliest, load_parts_network, own_parts, part_confusion, part_iou, part_labels,
    rendered_labels,
)
from carlearn.scenes.benchmark_pairs import read_views
from carlearn.ssl.encoders import card_path

sys.path.insert(0, str(Path(__file__).parent.parent/"tools"))
from train_parts import labelled, polygons  # noqa: E402
from vehicle_masks import VehicleMasks  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    for name in ("weights", "parts", "teacher", "cache", "nicolasmetallo", "bilgi"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--side", type=int, default=480, help="that photos are looked at in, px")
    parser.add_argument("--card", action="store_true", help="write the figures into the network's card")
    return parser.parse_args()


def sets(args):
    "Name → list of (name of the photo, photo, labels)."
    views = [v for v in read_views().values() if v.entry["split"] == "test"]
    yield "rendered, test half", [(v.name, v.photo, rendered_labels(v)) for v in views]
    if args.parts:
        photos, masks = polygons(args.parts/"testset"), VehicleMasks(args.teacher, args.cache)
        samples = labelled(photos, part_labels, masks, (.1, .85), "cars with parts")
        yield "car parts, test set", [(f"photo {k}", *sample) for k, sample in enumerate(samples)]
    if args.nicolasmetallo:
        files = sorted(args.nicolasmetallo.glob("**/*_multiclass.json"))
        photos = [p for f in files for p in read_annotations(f).photos]
        yield "nicolasmetallo", [(p.name, p.read(), part_labels(p)) for p in photos]


def measured(samples, look):
    "What is taken for what in each photo."
    return {name: part_confusion(labels, likeliest(look(photo))) for name, photo, labels in tqdm(samples)}


def damage_on_car(annotations, look):
    "A row a damage: its class, its area (px), how much of it is called car, and how much of its photo."
    rows = []
    for photo in tqdm(annotations.photos, desc="damage"):
        found, masks = likeliest(look(photo.read())) > 0, photo.each_mask()
        for region, mask in zip(photo.regions, masks, strict=True):
            if mask.any():
                rows.append((region.label, mask.sum(), found[mask > 0].mean(), found.mean()))
    return pd.DataFrame(rows, columns=["class", "area", "on_car", "photo"])


def damage_table(damages):
    "A row a class: how many, of how many at least half is called car, the share of their pixels, of photos."
    rows = {}
    for name, d in [("all", damages), *damages.groupby("class")]:
        pixels = (d.area*d.on_car).sum()/d.area.sum()
        half, photo = (d.on_car >= .5).mean(), d.photo.mean()
        rows[name] = dict(damages=len(d), half_on_car=half, pixels_on_car=pixels, photo_is_car=photo)
    return pd.DataFrame(rows).T.rename_axis("class").round(4)


def write_card(weights, iou, damage):
    "Put the figures into the card of a network."
    path = card_path(weights)
    figures = {name: {k: round(v, 3) for k, v in row.drop(["photos", "ms_a_photo"]).dropna().items()}
               for name, row in iou.iterrows()}
    if damage is not None:
        figures["damage on car (Bilgi, validation)"] = float(damage.loc["all", "half_on_car"])
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | dict(iou=figures))


def main():
    args = arguments()
    torch.set_num_threads(1)
    make_folder(args.out)
    network = load_parts_network(args.weights) if args.weights else own_parts()
    look = lambda photo: car_parts(photo, network, max_side=args.side)
    iou, confusions, rows = {}, {}, []
    for name, samples in sets(args):
        start, photos = time.process_time(), measured(samples, look)
        total = sum(photos.values())
        iou[name] = part_iou(total).to_dict() | dict(photos=len(photos))
        iou[name]["ms_a_photo"] = round(1000*(time.process_time() - start)/len(photos))
        confusions[name] = total.div(total.sum(axis=1).clip(lower=1), axis=0).round(4)
        rows += [(name, photo, part_iou(table)["car"]) for photo, table in photos.items()]
    iou = pd.DataFrame(iou).T.rename_axis("set")
    if "nicolasmetallo" in iou.index:
        iou.loc["nicolasmetallo", "background"] = np.nan           # none is labelled
    write_file(args.out/"iou.csv", iou.round(4).to_csv())
    write_file(args.out/"confusion.csv", pd.concat(confusions, names=["set"]).to_csv())
    table = pd.DataFrame(rows, columns=["set", "photo", "car"]).sort_values("car").round(4)
    write_file(args.out/"photos.csv", table.to_csv(index=False))
    print(iou.round(3).to_string())
    damage = None
    if args.bilgi:
        damage = damage_table(damage_on_car(bilgi_annotations(args.bilgi, "valid"), look))
        write_file(args.out/"damage.csv", damage.to_csv())
        print(damage.to_string())
    if args.card:
        write_card(args.weights or bundled("parts.safetensors"), iou, damage)


if __name__ == "__main__":
    main()
