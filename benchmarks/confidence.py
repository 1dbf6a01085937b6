"""Fit the confidence of the learned aligners on the development pairs.

    python benchmarks/confidence.py OUT [--method encoder|plane|patches|upright] [--encoder FILE] [--renders
        FOLDER] [--processes N]

With --encoder the encoder of that file is asked; the AUCs that are printed choose between the encoders of
several seeds. Method encoder fits the confidence of what bends, plane that of the same encoder's planes.
Renders: a folder of `python -m carlearn.scenes.training_views FOLDER --seed …` with cars that the encoder
was not trained on, as further pairs. Each pair is aligned without refusing, its evidence kept with its error;
a logistic regression makes of it the weights that carlearn bundles. OUT gets evidence.csv, areas.csv and
weights.json. The test half is never looked at."""
import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from carlearn.alignment.registry import make_aligner
from carlearn.scenes.benchmark_pairs import pair_of, read_views
from carlearn.alignment.confidence import Evidence, FieldEvidence, confidence, fit_confidence
from carlearn.core.files import write_file
from carlearn.evaluation.metrics import auc, calibration, measure
from carlearn.evaluation.pair_sets import homography_pairs, scene_set, different_car_pairs
from carlearn.scenes.training_views import training_pairs

sys.path.insert(0, str(Path(__file__).parent))
from aligners import sets  # noqa: E402


def development(renders=None):
    "The sets of benchmarks/aligners.py, more conditions and different cars of their photos, more renderings."
    known = sets("dev")
    photos = [m.args[0].where for m in known[2].makers]
    levels = ("night", "noise", "blur", "colour", "extreme")
    more = [*(homography_pairs(photos, level, seed=7) for level in levels),
            different_car_pairs(photos, 60, seed=9, name="more different cars")]
    if renders:
        more += [scene_set(training_pairs(renders), "more scenes"),
                 scene_set(other_car_pairs(renders), "more rendered different cars")]
    return known + more


def other_car_pairs(renders, most=30., count=120):
    "Pairs of different cars of a rendered set from about the same side, the nearest first."
    views = read_views(renders, "train.json").values()
    pairs = [pair_of(a, b, False) for a, b in combinations(views, 2) if a.entry["car"] != b.entry["car"]]
    return sorted((p for p in pairs if p.angle <= most), key=lambda p: (p.angle, p.name))[:count]


def solve(method, encoder, pair):
    "What comes of a pair, refused or not: its evidence or None, its error (evaluation.metrics.measure), px."
    options = {"encoder": encoder} if encoder else {}
    if method == "plane":
        method, options = "encoder", options | {"kind": "plane"}
    aligner = make_aligner(method, **options, least=0.)
    found = aligner.attempt(pair.pre, pair.post)
    evidence = found.verdict.evidence
    if evidence is None or not pair.same_car:
        return evidence, np.inf
    return evidence, measure(aligner.answer(found, pair.pre, pair.post), pair)["error"]


def work(job):
    "One pair, in a process of its own."
    import torch
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    method, encoder, renders, which, k = job
    if not hasattr(work, "sets"):
        work.sets = development(renders)
    s = work.sets[which]
    pair = s[k]
    evidence, error = solve(method, encoder, pair)
    facts = asdict(evidence) if evidence else {}
    return dict(set=s.name, photo=s.photos[k], pair=pair.name, error=error) | facts


def held_out(evidence, right, fold, products, strength):
    "Confidence of each by weights fitted without its photos."
    guess = np.zeros(len(right))
    for f in np.unique(fold):
        rest = [e for e, k in zip(evidence, fold, strict=True) if k != f]
        weights = fit_confidence(rest, right[fold != f], strength, products)
        guess[fold == f] = [confidence(e, weights) for e, k in zip(evidence, fold, strict=True) if k == f]
    return guess


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--method", default="encoder", choices=("encoder", "plane", "patches", "upright"))
    parser.add_argument("--encoder", type=Path, help="of that method; none: the one that comes with carlearn")
    parser.add_argument("--renders", type=Path, help="folder of carlearn.scenes.training_views")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sets", help="names parted by commas; none: all")
    args = parser.parse_args()
    wanted = lambda s: not args.sets or s.name in args.sets.split(",")
    jobs = [(args.method, args.encoder, args.renders, i, k)
            for i, s in enumerate(development(args.renders)) if wanted(s) for k in range(len(s))]
    args.out.mkdir(parents=True, exist_ok=True)
    from tqdm import tqdm
    with ProcessPoolExecutor(args.processes, mp_context=get_context("spawn")) as pool:
        rows = pd.DataFrame(tqdm(pool.map(work, jobs, chunksize=4), total=len(jobs)))
    rows.to_csv(args.out/"evidence.csv", index=False)
    report(rows, args.out, args.method)


def chosen_fit(evidence, right, fold, kind):
    "(products, strength, confidences) of the fit that does best on photos left out."
    by_products = (False, True) if kind is FieldEvidence else (False,)
    ways = [(p, c) for p in by_products for c in (.03, .1, .3, 1., 3.)]
    guesses = {(p, c): held_out(evidence, right, fold, p, c) for p, c in ways}
    loss = {how: -np.log(np.where(right, g, 1 - g).clip(1e-6)).mean() for how, g in guesses.items()}
    products = min(loss, key=loss.get)[0]
    # the strongest that does about as well
    strength = min(c for (p, c), v in loss.items() if p == products and v <= 1.05*min(loss.values()))
    print("log loss on photos left out, by products or not and inverse strength of the regularisation:",
          {how: round(float(v), 3) for how, v in loss.items()}, "chosen:", products, strength)
    return products, strength, guesses[products, strength]


def print_calibration(known, guess, right):
    "What is answered, by set, and how well confidence agrees with what is right."
    answered = guess >= .7
    for name in known.set.unique():
        here = (known.set == name).to_numpy()
        print(f"{name:24} answered: right {(answered & right & here).sum()} of {(right & here).sum()}, "
              f"wrong {(answered & ~right & here).sum()} of {(~right & here).sum()}")
    table, ece = calibration(guess, right, bins=5)
    wrong, refused = 1 - right[answered].mean(), 1 - answered[right].mean()
    print(table.round(3).to_string(), f"\nexpected calibration error {ece:.3f}; answered "
          f"{answered.mean():.1%}, of which wrong {wrong:.1%}; right ones refused {refused:.1%}")


def report(rows, out, method):
    "Cross-validated calibration over photos, and the weights of all pairs."
    kind = FieldEvidence if "tones" in rows else Evidence
    fields = list(kind.__dataclass_fields__)
    known = rows[rows[fields].notna().all(axis=1)].reset_index(drop=True)
    evidence, right = [kind(**row) for row in known[fields].to_dict("records")], (known.error < 10).to_numpy()
    fold = known.photo.str.split().str[0].rank(method="dense").astype(int).to_numpy() % 5
    products, strength, guess = chosen_fit(evidence, right, fold, kind)
    print_calibration(known, guess, right)
    areas = pd.DataFrame([(name, len(part), *auc(part.error).round(1))
                          for name, part in rows.groupby("set", sort=False)],
                         columns=["set", "pairs", "auc3", "auc5", "auc10"])
    print("if nothing were refused:", areas.to_string(index=False), sep="\n")
    areas.to_csv(out/"areas.csv", index=False)
    weights = fit_confidence(evidence, right, strength, products, method=method,
                             pairs="development photos and rendered views")
    write_file(out/"weights.json", json.dumps(weights, indent=1))


if __name__ == "__main__":
    main()
