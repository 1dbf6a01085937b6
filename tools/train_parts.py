"""Train the network that tells the parts of the car.

    python tools/train_parts.py OUT --bilgi FOLDER --parts FOLDER --renders FOLDER --teacher FILE
                                --cache FOLDER

Photos: cars with polygons of their parts (car parts set, Pasupa et al. 2022, its training set), photos of
damage, of which only the damaged places are known to be car (Bilgi University Car Damage, CC BY 4.0, its
train part, each third), rendered training views (`python -m carlearn.scenes.training_views FOLDER`) and the
dev half of the bundled benchmark. What neither polygon nor damage covers is labelled by a teacher where that
is sure (see vehicle_masks.py); its masks lie in the cache, so that they are made once. The backbone is
features.safetensors (tools/keep_features.py). A stopped run goes on when it is started again."""
import argparse
import datetime
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm
from vehicle_masks import VehicleMasks

from carlearn.annotations.coco import read_coco
from carlearn.detection.sources import bilgi_annotations
from carlearn.inspection.car_parts import (
    KINDS, damage_labels, filled, part_labels, rendered_labels, save_parts_network,
)
from carlearn.inspection.change_network import own_features
from carlearn.inspection.change_training import train_changes
from carlearn.inspection.parts_training import PartsData, parts_learner
from carlearn.scenes.benchmark_pairs import read_views

DATA = ("car parts data set (Pasupa et al. 2022), training set; Bilgi University Car Damage (CC BY 4.0, "
        "Roboflow het-m73ej), train part, with labels of DeepLab (google-coral/test_data, Apache-2.0); cars "
        "rendered by carlearn")
LICENCE = ("photos of Bilgi under CC BY 4.0, to be named; the car parts set has no licence text and asks to "
           "be cited; no photo and no polygon of either is part of carlearn; backbone under MIT")
SHARES = dict(parts=.42, damage=.3, renders=.18, bench=.1)   # of the items of an epoch
STEPS, LARGEST = 50, 480                                     # of an epoch; of a photo, px


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    for name in ("bilgi", "parts", "cache"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="folders of training views")
    parser.add_argument("--teacher", type=Path, required=True, help="weights of vehicle_masks.py")
    parser.add_argument("--every", type=int, default=3, help="take every so-many-th photo of damage")
    parser.add_argument("--steps", type=int, default=750, help=f"rounded to whole epochs of {STEPS}")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--side", type=int, default=320, help="of a crop, px")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def smaller(photo, labels):
    "A photo and its labels, neither side above LARGEST."
    scale = min(1, LARGEST/max(labels.shape))
    size = [round(side*scale) for side in labels.shape[::-1]]
    return (cv2.resize(photo, size, interpolation=cv2.INTER_AREA),
            cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST))


def labelled(photos, labels_of, masks, sure, name):
    "Photos with labels, completed by the teacher; those of another size than annotated are left out."
    samples = []
    for annotated in tqdm(photos, desc=name):
        photo, labels = annotated.read(), labels_of(annotated)
        if photo.shape[:2] == labels.shape:
            samples.append(smaller(photo, filled(labels, masks(annotated, labels.shape), sure)))
    return samples


def polygons(folder):
    "Photos of the car parts set, with their parts."
    return read_coco(folder/"annotations.json", photos=folder/"JPEGImages", skip_bad=True).photos


def rendered(views):
    return [(view.photo, rendered_labels(view)) for view in views]


def sources(args):
    "Name → list of (photo, labels)."
    masks = VehicleMasks(args.teacher, args.cache)
    groups = dict(
        parts=labelled(polygons(args.parts/"trainingset"), part_labels, masks, (.1, .85), "cars with parts"),
        damage=labelled(bilgi_annotations(args.bilgi).photos[::args.every], damage_labels, masks, (.15, .75),
                        "photos of damage"),
        renders=[s for folder in args.renders for s in rendered(read_views(folder, "train.json").values())],
        bench=rendered(v for v in read_views().values() if v.entry["split"] == "dev"))
    return {name: group for name, group in groups.items() if group}


def shares_of_labels(groups):
    "How much of each source is labelled what: for the reader of the log."
    for name, group in groups.items():
        counts = sum(np.bincount(y.ravel(), minlength=256) for _, y in group)
        known = {k: round(float(counts[i]/counts.sum()), 3) for i, k in enumerate(KINDS)}
        print(f"{name}: {len(group)} photos, {known}, car {counts[254]/counts.sum():.3f}", flush=True)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    groups, epochs = sources(args), max(1, round(args.steps/STEPS))
    shares_of_labels(groups)
    shares, n = [SHARES[k] for k in groups], STEPS*args.batch
    data = PartsData(list(groups.values()), shares, n, args.side, args.seed)
    features = own_features()
    learn = parts_learner(data, features, batch=args.batch, seed=args.seed, device="cpu")
    losses = train_changes(learn, epochs, args.out.with_suffix(".checkpoints"))
    how = {k: getattr(args, k) for k in ("batch", "side", "seed")} | dict(steps=epochs*STEPS)
    how |= dict(photos={k: len(v) for k, v in groups.items()}, shares={k: SHARES[k] for k in groups})
    save_parts_network(learn.model, args.out, features, date=datetime.date.today().isoformat(), kinds=KINDS,
                       data=DATA, licence=LICENCE, training=how, losses=[round(v, 4) for v in losses])


if __name__ == "__main__":
    main()
