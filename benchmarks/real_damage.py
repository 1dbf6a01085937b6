"""A detector on real damage that it was not trained on, source by source.

    python benchmarks/real_damage.py WEIGHTS OUT [--bilgi FOLDER] [--nicolasmetallo FOLDER] [--hitl FOLDER]
                                     [--paper FOLDER] [--parts FOLDER] [--side 640] [--enlarged 2400]

Sources: the validation part of Bilgi University's set (CC BY 4.0), by class and as one class; the photos of
nicolasmetallo (MIT), of Humans in the Loop (CC0) and the paper's validation photos, as one class, for their
annotators use other classes; and undamaged cars of the car parts set, on which every finding is false. Writes
OUT/sources.csv (a row a source: average precision with intervals, recall at 0.1, 0.3 and 1 false alarms a
photo, recall of small damage, seconds), OUT/classes.csv, OUT/confusion.csv, OUT/photos.csv (worst first).
With --enlarged, OUT/enlarged.csv: forty undamaged and sixty damaged photos enlarged to so many pixels, looked
at whole and in tiles."""
import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from pycocotools import mask as coco_mask
from tqdm import tqdm

from carlearn.annotations.reading import read_annotations
from carlearn.core.files import make_folder, write_file
from carlearn.detection.batches import DamageData, DamageDL
from carlearn.detection.detector import Detector
from carlearn.detection.false_alarms import as_one_class, calibrated, confusion, recall_table
from carlearn.detection.precision import Precision, Scorer, instances, interval, photo_table
from carlearn.detection.sources import bilgi_annotations, hitl_annotations, undamaged_cars


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    for name in ("bilgi", "nicolasmetallo", "hitl", "paper", "parts"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--enlarged", type=int, help="longer side, px, that tiles are tried at")
    parser.add_argument("--side", type=int, help="that photos are scaled to, px; none: the detector's own")
    return parser.parse_args()


def sources(args):
    "Name → annotations of the sources that were given."
    found = {}
    if args.bilgi:
        found["Bilgi, validation"] = bilgi_annotations(args.bilgi, "valid")
    if args.nicolasmetallo:
        files = sorted(args.nicolasmetallo.glob("**/via_region_data.json"))
        found["nicolasmetallo"] = sum((read_annotations(f) for f in files[1:]), read_annotations(files[0]))
    if args.hitl:
        found["Humans in the Loop"] = hitl_annotations(args.hitl)
    if args.paper:
        found["the paper, validation"] = read_annotations(args.paper/"via"/"val")
    return found


def scored(detector, annotations, classes, side):
    "Scorer of what the detector finds, in classes or, where they are not its own, in one."
    known = classes if set(annotations.labels) <= set(classes) else None
    data = DamageData(annotations, known or annotations.labels, side, skip_bad=True)
    scorer = Scorer(known or ["damage"], data.names)
    seconds = 0.
    for images, targets in tqdm(DamageDL(data, bs=1, device="cpu"), leave=False):
        start = time.process_time()
        found = instances(detector.model, images, .01)
        seconds += time.process_time() - start
        if not known:
            targets = [t | {"labels": t["labels"]*0 + 1} for t in targets]
            found = [f | {"labels": f["labels"]*0 + 1} for f in found]
        scorer.add(targets, found)
    return scorer, seconds/max(1, len(data))


def row_of(precision, seconds):
    "Figures of all damage as one class."
    row = dict(photos=len(precision.scorer.photos), damages=len(precision.scorer.truth))
    for figure in ("box_ap50", "mask_ap50"):
        row[figure] = precision.scores[figure]
        row[f"{figure}_low"], row[f"{figure}_high"] = interval(precision, figure, 200)
    table = recall_table(precision)
    for allowed, r in table.iterrows():
        row |= {f"recall_{allowed:g}": r.recall, f"small_{allowed:g}": r.small}
    return row | dict(seconds=seconds)


def best_scores(detector, annotations, side):
    "Calibrated scores of what is found, an array a photo."
    data, scale = DamageData(annotations, detector.classes, side, skip_bad=True), detector.card["calibration"]
    return [calibrated(f["scores"], scale)
            for images, _ in tqdm(DamageDL(data, bs=1, device="cpu"), leave=False)
            for f in instances(detector.model, images, .01)]


def alarm_table(whole, damaged, own):
    "A row a threshold: findings a photo of whole cars, shares of whole and of damaged cars with a finding."
    rows = {}
    for least in sorted({.3, .5, .6, .7, .8, .9, own}):
        counts, seen = ([(s >= least).sum() for s in scores] for scores in (whole, damaged))
        rows[least] = {"findings a whole car": np.mean(counts),
                       "whole cars with one": np.mean(np.array(counts) > 0),
                       "damaged cars with one": np.mean(np.array(seen) > 0)}
    return pd.DataFrame(rows).T.rename_axis("threshold")


def large_photos(annotations, n, side):
    "Photos and masks of some of the annotated photos, evenly taken, enlarged to a longer side."
    kept = list(annotations)[::max(1, len(annotations)//n)][:n]
    for p in tqdm(kept, leave=False):
        size = tuple(round(side/max(p.size)*v) for v in p.size[::-1])
        masks = [cv2.resize(m, size, interpolation=cv2.INTER_NEAREST) for m in p.each_mask()]
        yield cv2.resize(p.read(), size, interpolation=cv2.INTER_CUBIC), masks


def right_and_wrong(found, masks):
    "Damages found with a mask IoU of half or more, and findings that fit none."
    if not found or not masks:
        return 0, len(found)
    truth = [coco_mask.encode(np.asfortranarray(m)) for m in masks]
    fits = coco_mask.iou([f.code for f in found], truth, [0]*len(truth)) >= .5
    return int(fits.any(0).sum()), int((~fits.any(1)).sum())


def tile_table(weights, whole, damaged, side):
    "A row a side of tiles: what is found in photos of whole cars and of damage that are enlarged."
    rows = {}
    for tile in (None, .58, 1024):
        detector = Detector(weights, tile=tile, device="cpu")
        start = time.process_time()
        alarms = [len(detector.predict(p)) for p, _ in large_photos(whole, 40, side)]
        seconds = (time.process_time() - start)/len(alarms)
        right, wrong, n = np.sum([(*right_and_wrong(detector.predict(p), masks), len(masks))
                                  for p, masks in large_photos(damaged, 60, side)], 0)
        rows[tile or "whole"] = {"findings a whole car": np.mean(alarms),
                                 "whole cars with one": np.mean(np.array(alarms) > 0), "damages": n,
                                 "recall": right/n, "precision": right/(right + wrong), "seconds": seconds}
    return pd.DataFrame(rows).T.rename_axis("tile")


def main():
    args = arguments()
    make_folder(args.out)
    detector = Detector(args.weights, device="cpu")
    side = args.side or detector.model.config["max_size"]
    detector.model.transform.min_size, detector.model.transform.max_size = (side,), side
    rows = {}
    for name, annotations in sources(args).items():
        scorer, seconds = scored(detector, annotations, detector.classes, side)
        rows[name] = row_of(Precision(as_one_class(scorer)), seconds)
        write_file(args.out/"sources.csv", pd.DataFrame(rows).T.rename_axis("source").to_csv())
        print(pd.DataFrame(rows).T.round(3).to_string(), flush=True)
        if len(scorer.classes) > 1:
            precision = Precision(scorer)
            write_file(args.out/"classes.csv", precision.table().rename_axis("class").to_csv())
            write_file(args.out/"confusion.csv", confusion(scorer, .3).to_csv())
            write_file(args.out/"photos.csv", photo_table(precision, .3).to_csv())
            print(precision.table().round(3).to_string(), flush=True)
    if args.parts and args.bilgi:
        damaged = [p for p in bilgi_annotations(args.bilgi, "valid") if p.regions]
        table = alarm_table(best_scores(detector, undamaged_cars(args.parts/"testset"), side),
                            best_scores(detector, damaged, side), detector.threshold)
        write_file(args.out/"whole_cars.csv", table.to_csv())
        print(table.to_string())
        if args.enlarged:
            table = tile_table(args.weights, undamaged_cars(args.parts/"testset"), damaged, args.enlarged)
            write_file(args.out/"enlarged.csv", table.round(4).to_csv())
            print(table.round(2).to_string())


if __name__ == "__main__":
    main()
