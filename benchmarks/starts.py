"""What a damage detector should start from: nothing, patches without labels, ImageNet, or both.

    python benchmarks/starts.py OUT --bilgi FOLDER --parts FOLDER --imagenet MOBILENET.safetensors

Five networks, two seeds each, the same photos (Bilgi train and whole cars, see tools/train_detector.py) and
about the same CPU time: the one-pass detector from random weights, from a MobileNetV2 that learnt with
NT-Xent from patches of those photos without labels, from ImageNet's, from ImageNet's followed by NT-Xent; and
Mask R-CNN on MobileNetV2 from ImageNet's, at as many epochs as fit into the same time. All layers are
trained; the learning rate of the backbone is a tenth of the heads' where it starts from weights. Stopped runs
go on. OUT/starts.csv has a row a run: average precision on Bilgi's validation photos, all damage as one
class, with 95 % intervals over photos."""
import argparse
import json
import time
from pathlib import Path

import pandas as pd
import torch
from torchvision.transforms import v2

from carlearn.core.files import make_folder, write_file
from carlearn.detection.batches import damage_dls
from carlearn.detection.false_alarms import as_one_class, recall_table
from carlearn.detection.learner import damage_learner, train_detector
from carlearn.detection.networks import mask_rcnn, one_stage
from carlearn.detection.precision import Precision, evaluate, interval
from carlearn.detection.sources import CLASSES, bilgi_annotations, undamaged_cars
from carlearn.ssl.encoders import save_encoder
from carlearn.ssl.loaders import patch_dls
from carlearn.ssl.training import ssl_learner, train

STARTS = ("random", "NT-Xent", "ImageNet", "ImageNet, NT-Xent")
RUNS = [(network, start, seed) for seed in (0, 1)
        for network, start in [*(("one pass", s) for s in STARTS), ("Mask R-CNN", "ImageNet")]]
SIDE, BATCH, EPOCHS = 256, 4, {"one pass": 2, "Mask R-CNN": 1}
SSL_EPOCHS, SSL_PATCH, SSL_BATCH = 8, 32, 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    for name in ("bilgi", "parts", "imagenet"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def encoder(name, known, args):
    "File of an encoder that learnt from patches of the training photos, made if it is not there."
    path = args.out/f"{name.replace(', ', '_').lower()}.safetensors"
    if not path.is_file():
        photos = [p.path for p in known][::4]
        dls = patch_dls(photos, SSL_BATCH, 32, SSL_PATCH, skip_bad=True, device="cpu")
        weights = args.imagenet if "ImageNet" in name else None
        learn = ssl_learner(dls, "mobilenet_v2", "adamw", mask_overlap=False, lr=1e-3, weights=weights)
        began = time.process_time()
        losses = train(learn, SSL_EPOCHS, path.with_suffix(""), progress=False)
        save_encoder(learn.model, path, training=dict(photos=len(photos), losses=losses))
        print(name, [round(v, 3) for v in losses], round((time.process_time() - began)/60, 1), "CPU minutes")
    return path


def data(args, seed):
    "DataLoaders: Bilgi and whole cars to learn from, Bilgi's validation photos."
    known = bilgi_annotations(args.bilgi) + undamaged_cars(args.parts/"trainingset", every=3)
    held = bilgi_annotations(args.bilgi, "valid")
    change = v2.Compose([v2.ColorJitter(.3, .3, .3, .03), v2.RandomHorizontalFlip(.5)])
    classes = [c for c in CLASSES if c in known.labels]
    return known, damage_dls(known, held, classes, bs=BATCH, max_side=SIDE, augmentation=change, seed=seed,
                             device="cpu", skip_bad=True, cache_mb=1000)


def run(network, start, seed, args):
    "Train one and tell what came out."
    known, dls = data(args, seed)
    weights = None if start == "random" else args.imagenet if start == "ImageNet" else \
        encoder(start, known, args)
    make = one_stage if network == "one pass" else mask_rcnn
    given = () if network == "one pass" else ("mobilenet_v2",)
    model = make(*given, len(dls.classes), weights, SIDE, SIDE, seed=seed)
    learn = damage_learner(dls, model)
    learn.recorder.valid_metrics = False
    folder = args.out/f"{network}_{start}_{seed}".replace(", ", "_").replace(" ", "_")
    rate = 1e-3 if weights is None else slice(1e-4, 1e-3)
    began = time.process_time()
    history = train_detector(learn, EPOCHS[network], folder, lr=rate, keep=None, progress=False)
    minutes = (time.process_time() - began)/60
    found = Precision(as_one_class(evaluate(learn.model, dls.valid, dls.classes, progress=False).scorer))
    return row(found) | dict(train_loss=float(history.train_loss.iloc[-1]), cpu_minutes=minutes)


def row(found):
    "Figures of all damage as one class."
    figures = {}
    for name in ("box_ap50", "mask_ap50"):
        figures[name] = found.scores[name]
        figures[f"{name}_low"], figures[f"{name}_high"] = interval(found, name, 200)
    return figures | {f"recall_{k:g}": r.recall for k, r in recall_table(found).iterrows()}


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    make_folder(args.out)
    rows = []
    for network, start, seed in RUNS:
        name = dict(network=network, start=start, seed=seed)
        path = args.out/f"{'_'.join(map(str, name.values()))}.json".replace(" ", "_")
        if not path.is_file():
            write_file(path, json.dumps(name | run(network, start, seed, args)))
        rows.append(json.loads(path.read_text()))
        write_file(args.out/"starts.csv", pd.DataFrame(rows).round(4).to_csv(index=False))
        print(pd.DataFrame(rows).round(3).to_string(), flush=True)


if __name__ == "__main__":
    main()
