"""Detectors trained on the paper's photos.

    python benchmarks/detector.py OUT [--only NAME …] [--encoder FILE] [--scenes FOLDER]

Each run trains the light network on the paper's training photos without those that are also in its
validation set (and, for the runs called "scenes", on crops of rendered views besides), from random weights
or from an encoder (carlearn.ssl.training), validates on the paper's validation photos after each epoch, and
keeps the best epoch by mask AP. All runs take the same number of steps. A stopped run goes on; OUT/table.md
and OUT/rows.csv, photos.csv, sizes.csv are made of all runs that are there. Names:

    python benchmarks/detector.py --list

Encoder and views are made beforehand, so (six and fifteen minutes on two cores):

    python benchmarks/detector.py --link ssl
    carlearn train encoder ssl --arch resnet18 --epochs 40 --batch 4 --out ssl.safetensors
    python -c "from carlearn.scenes.training_views import *
    render_training_views('views', TrainSet(seed=3000, cars=8, views=6, size=(480, 360)))"
    python benchmarks/detector.py OUT --encoder ssl.safetensors --scenes views

Two calls with --threads 1, each with half of the names, need a quarter less time on two cores than one call
with both.

The best epoch is chosen on the photos that are then reported: with fifteen photos there is no third set. The
last epoch stands beside it."""
import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from carlearn.annotations.photos import AnnotatedPhoto, Annotations
from carlearn.annotations.reading import read_annotations
from carlearn.annotations.regions import Region
from carlearn.annotations.splits import leaks_between
from carlearn.core.files import make_folder, write_file
from carlearn.core.photos import write_photo
from carlearn.core.samples import paper_path, paper_photos
from carlearn.detection.batches import damage_dls
from carlearn.detection.learner import damage_learner, train_detector
from carlearn.detection.networks import mask_rcnn, save_detector
from carlearn.detection.precision import evaluate, interval, photo_table, size_table

RUNS = {f"{data}, {start}, seed {seed}": (data, start, seed)
        for seed in (0, 1) for data in ("paper", "scenes") for start in ("random", "encoder")}
STEPS, BATCH, SIDE = 690, 2, 533          # 30 epochs of 46 photos: about 20 minutes on one core


def paper_split():
    """The paper's training and validation annotations.

    Training is without copies of validation photos and without entries that have no photo."""
    train, valid = (read_annotations(paper_path()/"via"/name) for name in ("train", "val"))
    leaked = set(leaks_between(train, valid)["train"])
    return replace(train, photos=[p for p in train if p.path.is_file() and p.name not in leaked]), valid


def link_photos(folder):
    "Links to the photos that an encoder may learn from, each once, none a copy of a validation photo."
    unlabelled = lambda paths: Annotations([AnnotatedPhoto(p.name, [], p.parent) for p in paths], "")
    every = (p for name in ("via/train", "image10", "image60") for p in paper_photos(name))
    photos = list({p.read_bytes(): p for p in every}.values())
    valid = paper_photos("via/val", reserved=True)
    leaked = {Path(name).name for name in leaks_between(unlabelled(photos), unlabelled(valid))["train"]}
    photos = [p for p in photos if p.name not in leaked]
    for path in photos:
        (make_folder(folder)/f"{path.parent.name}_{path.name}").symlink_to(path.resolve())
    print(len(photos), "photos")


def crops(folder, out, each=1, side=240, seed=0):
    "Annotated crops of rendered views around a damage, as close as a person would photograph it."
    rng, photos = np.random.default_rng(seed), []
    for stem in tqdm(sorted(p.stem for p in Path(folder).glob("views/*.jpg")), desc="crops", leave=False):
        view = read_view(folder, stem)
        for k, number in enumerate(rng.permutation([n for n in np.unique(view.damage) if n])[:each]):
            y, x = (int(v.mean()) for v in np.nonzero(view.damage == number))
            h, w = view.damage.shape
            start = lambda middle, size, end: int(np.clip(middle - rng.uniform(.25, .75)*size, 0, end - size))
            top, left = start(y, side*3//4, h), start(x, side, w)
            cut = np.s_[top:top + side*3//4, left:left + side]
            path = write_photo(out/f"{stem}_{k}.jpg", view.photo[cut])
            photos.append(AnnotatedPhoto(path.name, regions_of(view.damage[cut]), out))
    return Annotations(photos, str(out))


def regions_of(damage):
    "A region, labelled \"damage\", of each number in a picture that has 20 px and an area."
    masks = [(damage == n).astype(np.uint8) for n in np.unique(damage) if n]
    found = [polygons(m) for m in masks if m.sum() >= 20]
    return [Region("polygons", tuple(tuple(o.ravel().tolist()) for o in outlines), "damage")
            for outlines in found if outlines]


def polygons(mask):
    "Outlines of a mask's pieces that have an area."
    from carlearn.annotations.regions import trace
    return [o for o in trace(mask) if len(o) >= 3]


def read_view(folder, stem):
    "A rendered training view, from its own entry."
    from carlearn.scenes.camera import camera_of
    from carlearn.scenes.pairs import View
    entry = json.loads((Path(folder)/"views"/f"{stem}.json").read_text(encoding="utf-8"))
    return View(Path(folder)/"views", stem, camera_of(entry), entry, {})


def run(name, args):
    "Train one, and write what came out."
    (data, start, seed), out = RUNS[name], make_folder(args.out/name.replace(", ", "_").replace(" ", ""))
    if (out/"result.json").is_file():
        return
    train, valid = paper_split()
    if data == "scenes":
        train = train + crops(args.scenes, make_folder(args.out/"crops"))
    dls = damage_dls(train, valid, bs=BATCH, max_side=SIDE, seed=seed, device="cpu")
    weights = args.encoder if start == "encoder" else None
    learn = damage_learner(dls, mask_rcnn("resnet18", len(dls.classes), weights=weights, seed=seed))
    began = time.perf_counter(), time.process_time()
    history = train_detector(learn, round(STEPS*BATCH/len(train)), out/"training", progress=args.progress)
    seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    precision = evaluate(learn.model, dls.valid, dls.classes, progress=False)
    result = dict(name=name, data=data, start=start, seed=seed, photos=len(train), regions=len(train.regions),
                  epochs=len(history), minutes=round(seconds/60, 1), cpu_minutes=round(cpu/60, 1),
                  **of_history(history), **of_precision(precision))
    how = {k: result[k] for k in ("data", "start", "seed", "photos", "epochs")}
    save_detector(learn.model, out/"detector.safetensors", dls.classes, training=how,
                  metrics=result["scores"])
    write_file(out/"result.json", json.dumps(result, indent=1).replace("NaN", "null"))


def of_history(history):
    "The best epoch by mask AP, and what the last one had."
    last = history.iloc[-1]
    return dict(best_epoch=int(history.mask_ap[::-1].idxmax()), train_loss=round(float(last.train_loss), 3),
                valid_loss=round(float(last.valid_loss), 3),
                last={k: round(float(last[k]), 4) for k in ("mask_ap", "mask_ap50")})


def of_precision(precision):
    "Scores, intervals, and the tables by size and by photo."
    metrics = ("box_ap50", "mask_ap50", "mask_ap")
    return dict(scores={k: round(v, 4) for k, v in precision.scores.items()},
                intervals={k: [round(v, 4) for v in interval(precision, k)] for k in metrics},
                sizes=size_table(precision).reset_index().to_dict("records"),
                photo_rows=photo_table(precision).reset_index().to_dict("records"))


def tables(out):
    "What all finished runs say."
    results = [json.loads(p.read_text()) for p in sorted(out.glob("*/result.json"))]
    if not results:
        return
    write_csv(out/"rows.csv", map(csv_row, results))
    which = lambda r: {k: r[k] for k in ("data", "start", "seed")}
    write_csv(out/"photos.csv", (which(r) | p for r in results for p in r["photo_rows"]))
    write_csv(out/"sizes.csv", (which(r) | t for r in results for t in r["sizes"]))
    columns = ["training photos", "start", "seed", "epochs", "CPU minutes", "train loss", "valid loss",
               "box AP50", "mask AP50 (95 %)", "mask AP", "mask AP50, last epoch"]
    lines = [f"| {' | '.join(columns)} |", "|---"*len(columns) + "|", *map(markdown_row, results)]
    write_file(out/"table.md", "\n".join(lines) + "\n")


def write_csv(path, rows): write_file(path, pd.DataFrame(list(rows)).to_csv(index=False))


def csv_row(r):
    "A run as a row of rows.csv."
    names = ("data", "start", "seed", "photos", "epochs", "minutes", "cpu_minutes",
             "train_loss", "valid_loss", "best_epoch")
    low, high = r["intervals"]["mask_ap50"]
    return {k: r[k] for k in names} | r["scores"] | dict(mask_ap50_low=low, mask_ap50_high=high,
                                                         last_mask_ap50=r["last"]["mask_ap50"])


def markdown_row(r):
    "A run as a row of table.md."
    low, high = (100*v for v in r["intervals"]["mask_ap50"])
    s = {k: 100*v for k, v in r["scores"].items()}
    cells = [f"{r['data']} ({r['photos']})", r["start"], str(r["seed"]), str(r["epochs"]),
             f"{r['cpu_minutes']:.0f}", f"{r['train_loss']:.2f}", f"{r['valid_loss']:.2f}",
             f"{s['box_ap50']:.1f}", f"{s['mask_ap50']:.1f} ({low:.1f} to {high:.1f})", f"{s['mask_ap']:.1f}",
             f"{100*r['last']['mask_ap50']:.1f}"]
    return f"| {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=Path("detector-runs"))
    parser.add_argument("--only", nargs="*", default=list(RUNS))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--link", type=Path, help="only fill this folder with the photos for an encoder")
    parser.add_argument("--encoder", type=Path,
                        help="encoder.safetensors of carlearn train encoder --arch resnet18")
    parser.add_argument("--scenes", type=Path, help="folder of carlearn.scenes.training_views")
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--threads", type=int, help="of torch")
    args = parser.parse_args()
    if args.list:
        return print(*RUNS, sep="\n")
    if args.link:
        return link_photos(args.link)
    make_folder(args.out)
    if args.threads:
        torch.set_num_threads(args.threads)
    for name in args.only:
        if name not in RUNS:
            sys.exit(f'"{name}" is no run; --list names them.')
        data, start, _ = RUNS[name]
        if start == "encoder" and not args.encoder or data == "scenes" and not args.scenes:
            print(f"{name}: left out, for it needs --encoder or --scenes")
            continue
        print(name, flush=True)
        run(name, args)
        tables(args.out)


if __name__ == "__main__":
    main()
