"""The paper's eighteen cells: six runs of 50 epochs, and how well each of their encoders aligns.

    python benchmarks/eighteen.py OUT --more FOLDER --test FOLDER [--arch NAME …] [--photos N …]

A run of 50 epochs holds those of 10 and 20 (SGD at a constant rate). The rows of the paper's 280 photos are
filled up with photos of cars from --more. After each run the encoders of its three columns are asked on
keypoints that are the same for all: photos of --test, which nothing was trained on, under known
homographies. OUT gets reproduction.csv, a folder a run, accuracy.csv, and controls.csv: descriptors that
nobody trained. A stopped run goes on when it is started again, and what is there is not made again, so that
runs may be added one by one."""
import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from carlearn.alignment.patch_encoder import PatchView, embeddings, raw_patches, root_sifts
from carlearn.core.files import make_folder, write_file
from carlearn.evaluation.descriptors import probe, probe_pairs
from carlearn.evaluation.metrics import bootstrap
from carlearn.evaluation.pair_sets import homography_pairs
from carlearn.ssl.loaders import find_photos
from carlearn.ssl.reproduction import COLUMN_ENDS, encoder_path, reproduce

sys.path.insert(0, str(Path(__file__).parent))
from descriptors import LITERAL, of_encoder, untrained  # noqa: E402

RUNS = [(arch, n) for arch in ("resnet18", "wide_resnet50_2") for n in (10, 60, 280)]
WINDOWS = {"32 px": LITERAL, "a tenth": .1}   # of the longer side
TESTED = 20                                   # photos of --test


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder")
    for name in ("more", "test"):
        parser.add_argument(f"--{name}", type=Path, required=True, help="folder of photos of cars")
    parser.add_argument("--arch", nargs="*", default=["resnet18", "wide_resnet50_2"])
    parser.add_argument("--photos", nargs="*", type=int, default=[10, 60, 280])
    parser.add_argument("--variant", default="", help="bf16; give it a folder of its own")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def probes(folder):
    "Keypoints of test photos, as they are under a homography and in mixed light."
    found = [p for p in find_photos(folder) if p.suffix.lower() in (".jpg", ".jpeg")]
    photos = [found[k*len(found)//TESTED] for k in range(TESTED)]
    return probe_pairs(homography_pairs(photos, "mixed", each=2, name="cars"))


def share(describe, of_pairs):
    "What share of keypoints a descriptor finds again, mean over photos, with its interval."
    right = probe(describe, of_pairs)
    each = right.groupby("photo").right.mean()
    low, high = bootstrap(right.right, right.photo, np.mean)
    return dict(right=each.mean(), low=low, high=high, photos=len(each))


def accuracy(path, of_pairs, row):
    "Rows of accuracy.csv for one encoder."
    keys = {k: row[k] for k in ("arch", "n_photos", "epochs", "loss_last")}
    for name, window in WINDOWS.items():
        yield keys | dict(window=name) | share(of_encoder(path, window), of_pairs)


def controls(of_pairs):
    "Rows of controls.csv: what was never trained, on the same keypoints."
    net = untrained("resnet18", settle=False)
    learned = {"raw 16-px patches": raw_patches, "RootSIFT": root_sifts,
               "untrained ResNet-18": lambda photo, points, view: embeddings(photo, points, view, net, "cpu")}
    for name, describe in learned.items():
        for window, size in WINDOWS.items():
            seen = partial(_through, describe, PatchView(True, size))
            yield dict(descriptor=name, window=window) | share(seen, of_pairs)


def _through(describe, own, photo, points, view): return describe(photo, points, own)


def asked(folder, row, of_pairs, rows):
    "The rows of a run's three encoders, those that are not there yet."
    for epochs in COLUMN_ENDS:
        done = {(r["arch"], r["n_photos"], r["epochs"]) for r in rows}
        if (row["arch"], row["n_photos"], epochs) in done:
            continue
        path = folder/"encoder.safetensors" if epochs == row["epochs"] else encoder_path(folder, epochs)
        losses = [float(line.split()[0]) for line in (folder/"epochs.txt").read_text().splitlines()]
        yield from accuracy(path, of_pairs, row | dict(epochs=epochs, loss_last=losses[epochs - 1]))


def trained(args, out):
    "(folder, row) of each run that is asked for, all of them trained before the first is given."
    found = []
    for arch, n in RUNS:
        if arch not in args.arch or n not in args.photos:
            continue
        row = reproduce(n, arch, COLUMN_ENDS[-1], out, variant=args.variant, more=args.more, progress=False)
        parts = [arch, n, row["epochs"], "patch", .1, *filter(None, [args.variant])]
        found.append((out/"_".join(str(part).replace(" ", "-") for part in parts), row))
        print({k: row[k] for k in ("arch", "n_photos", "loss_first", "loss_last", "seconds")}, flush=True)
    return found


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    out, of_pairs = make_folder(args.out), probes(args.test)
    path = out/"accuracy.csv"
    if not (out/"controls.csv").exists():
        write_file(out/"controls.csv", pd.DataFrame(controls(of_pairs)).round(4).to_csv(index=False))
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    for folder, row in trained(args, out):
        for new in asked(folder, row, of_pairs, rows):
            rows.append(new)
            write_file(path, pd.DataFrame(rows).round(4).to_csv(index=False))


if __name__ == "__main__":
    main()
