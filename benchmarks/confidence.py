"""Fit the confidence of the learned aligners on the development pairs: python benchmarks/confidence.py OUT [--method encoder|patches|upright] [--encoder FILE] [--processes N]

With --encoder the encoder of that file is asked; the AUCs that are printed choose between the encoders of several seeds.
Each pair is aligned without refusing, its evidence kept with its error; a logistic regression makes of it the weights that carlearn
bundles. OUT gets evidence.csv, areas.csv and weights.json. The test half is never looked at."""
import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from carlearn.alignment import make_aligner
from carlearn.confidence import Evidence, confidence, fit_confidence
from carlearn.core import write_file
from carlearn.errors import auc, calibration, measure
from carlearn.evaluation import homography_pairs, stranger_pairs

sys.path.insert(0, str(Path(__file__).parent))
from aligners import sets  # noqa: E402


def development():
    "The sets of benchmarks/aligners.py, and other conditions and strangers of the same photos."
    known = sets("dev")
    photos = [m.args[0].where for m in known[2].makers]
    return [*known, *(homography_pairs(photos, level, seed=7) for level in ("night", "noise", "blur", "colour", "extreme")), stranger_pairs(photos, 60, seed=9, name="more strangers")]


def solve(method, encoder, pair):
    "What comes of a pair, refused or not: (evidence or None, error as carlearn.errors.measure has it, px at 640)."
    aligner = make_aligner(method, **({"encoder": encoder} if encoder else {}))
    found = aligner.attempt(pair.pre, pair.post)[0]
    if found.evidence is None: return None, np.inf
    if not pair.same_car: return found.evidence, np.inf
    return found.evidence, measure(aligner.answer(found, None, pair.pre, pair.post), pair)["error"]


def work(job):
    "One pair, in a process of its own."
    import torch
    cv2.setNumThreads(1); torch.set_num_threads(1)
    method, encoder, which, k = job
    if not hasattr(work, "sets"): work.sets = development()
    s = work.sets[which]
    pair = s[k]
    evidence, error = solve(method, encoder, pair)
    return dict(set=s.name, photo=s.photos[k], pair=pair.name, error=error) | (asdict(evidence) if evidence else {})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--method", default="encoder", choices=("encoder", "patches", "upright"))
    parser.add_argument("--encoder", type=Path, help="of that method; none: the one that comes with carlearn")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sets", help="names parted by commas; none: all")
    args = parser.parse_args()
    jobs = [(args.method, args.encoder, i, k) for i, s in enumerate(development()) if not args.sets or s.name in args.sets.split(",") for k in range(len(s))]
    args.out.mkdir(parents=True, exist_ok=True)
    from tqdm import tqdm
    with ProcessPoolExecutor(args.processes, mp_context=get_context("spawn")) as pool: rows = pd.DataFrame(tqdm(pool.map(work, jobs, chunksize=4), total=len(jobs)))
    rows.to_csv(args.out/"evidence.csv", index=False)
    report(rows, args.out, args.method)


def report(rows, out, method):
    "Cross-validated calibration over photos, and the weights of all pairs."
    known = rows[rows.inliers.notna()].reset_index(drop=True)
    evidence, right = [Evidence(**row) for row in known[list(Evidence.__dataclass_fields__)].to_dict("records")], (known.error < 10).to_numpy()
    fold = known.photo.rank(method="dense").astype(int).to_numpy() % 5
    guess = np.zeros(len(known))
    for f in range(5):
        weights = fit_confidence([e for e, k in zip(evidence, fold, strict=True) if k != f], right[fold != f])
        guess[fold == f] = [confidence(e, weights) for e, k in zip(evidence, fold, strict=True) if k == f]
    table, ece = calibration(guess, right, bins=5)
    answered = guess >= .7
    print(table.round(3).to_string(), f"\nexpected calibration error {ece:.3f}; answered {answered.mean():.1%}, of which wrong {1 - right[answered].mean():.1%}; right ones refused {1 - answered[right].mean():.1%}")
    areas = pd.DataFrame([(name, len(part), *auc(part.error).round(1)) for name, part in rows.groupby("set", sort=False)], columns=["set", "pairs", "auc3", "auc5", "auc10"])
    print("if nothing were refused:", areas.to_string(index=False), sep="\n")
    areas.to_csv(out/"areas.csv", index=False)
    write_file(out/"weights.json", json.dumps(fit_confidence(evidence, right, pairs="development photos and rendered views", method=method), indent=1))


if __name__ == "__main__": main()
