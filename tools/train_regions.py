"""Train the second stage of the comparison: which regions of the map fit new damage.

    python tools/train_regions.py OUT --bilgi FOLDER --parts FOLDER --renders FOLDER --cache FOLDER

The pairs are those of tools/train_changes.py: rendered ones in one order, real ones of one car in one state,
as they are and with damage painted, and pairs composed of single photos. Of each pair the map of the bundled
networks is taken; regions that fit a damage and the likeliest of those that lie on none are learnt from. What
the features say of them lies in the cache, so that a stopped run goes on; with --share and --of, several
processes fill it, and a call without them trains."""
import argparse
import datetime
import io
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm
from train_changes import DATA, bench_cars, rendered, same_scenes, singles

from carlearn.alignment.registry import make_aligner
from carlearn.core.files import check_file, digest, make_folder, write_file
from carlearn.core.samples import bundled
from carlearn.inspection.evaluation import TruePair, composed_pairs
from carlearn.inspection.new_damage import compare, own_changes
from carlearn.inspection.region_network import INPUTS, fit_regions, region_features, save_region_network
from carlearn.inspection.regions import fits, lies_on, nested_regions
from carlearn.scenes.training_views import training_pairs

LIKELIEST, SOME = 14, 6   # regions of a pair that lie on no damage: by the map, and drawn of the others


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    for name in ("bilgi", "parts", "cache"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="folders of training views")
    parser.add_argument("--turn", type=float, default=25, help="most degrees between rendered views")
    parser.add_argument("--states", type=int, default=170, help="pairs of one state")
    parser.add_argument("--painted", type=int, default=160, help="pairs of one state, painted")
    parser.add_argument("--composed", type=int, default=320, help="pairs of single photos")
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--share", type=int, default=0)
    parser.add_argument("--of", type=int, default=1, help="fill the cache with every of-th pair only")
    return parser.parse_args()


def damages(new, least=12):
    "Masks of the damages in a mask, px; gaps of two pixels are none."
    if new is None:
        return []
    number, parts = cv2.connectedComponents(cv2.dilate(np.uint8(new), np.ones((5, 5))))
    found = [(parts == k) & (new > 0) for k in range(1, number)]
    return [m for m in found if m.sum() >= least]


def as_pair(name, source, s): return TruePair(name, source, s.pre, s.post, s.valid, damages(s.new))


def pairs(args):
    "All pairs, one after another."
    aligner, cache = make_aligner("encoder"), make_folder(args.cache)
    sets = {"bench": bench_cars()} | {f.name: training_pairs(f, args.turn) for f in args.renders}
    for name, views in sets.items():
        found = (s for s in rendered(views, aligner, cache, name, one=True) if s)
        yield from (as_pair(f"{name} {k}", "rendered", s) for k, s in enumerate(found))
    single, cutouts = singles(args)
    real = [s for s in islice(same_scenes(args.bilgi, aligner, cache), args.states) if s]
    yield from (as_pair(f"one state {k}", "one state", s) for k, s in enumerate(real))
    yield from composed_pairs(real, cutouts, args.painted, "one state, painted", seed=args.seed)
    for name, hard in (("composed, plain", False), ("composed, hard", True)):
        yield from composed_pairs(single, cutouts, args.composed//2, name, hard, args.seed)


def chosen(said, masks, truths, rng):
    "Numbers of the regions to learn from, and which of them fit a damage."
    right = [k for k, m in enumerate(masks) if fits(m, truths)]
    wrong = [k for k, m in enumerate(masks) if not lies_on(m, truths)]
    wrong.sort(key=lambda k: -said.new[masks[k]].mean())
    likely, rest = wrong[:LIKELIEST], wrong[LIKELIEST:]
    wrong = likely + [rest[k] for k in rng.permutation(len(rest))[:SOME]]
    return right + wrong, [True]*len(right) + [False]*len(wrong)


def described(pair, rng):
    "Bytes of an .npz file: numbers of a pair's regions, and which of them fit."
    said = compare(pair.before, pair.after, pair.known)
    masks = nested_regions(said.new, pair.known)
    numbers, right = chosen(said, masks, pair.truths, rng)
    x = region_features(pair.before, pair.after, pair.known, [masks[k] for k in numbers], said.new,
                        said.parts[..., 0])
    np.savez_compressed(file := io.BytesIO(), x=x, right=np.array(right, bool), source=pair.source)
    return file.getvalue()


def gathered(args):
    "Features, truth and source of the regions of this share, each pair from its file."
    drawn = args.seed, args.states, args.painted, args.composed, args.turn, [f.name for f in args.renders]
    weights = own_changes().card["sha256"], bundled("parts.safetensors").read_bytes()
    home = make_folder(args.cache/f"regions_{digest(str(drawn), *weights)[:8]}")
    for k, pair in enumerate(tqdm(pairs(args), desc="regions")):
        if k % args.of == args.share:
            path = home/f"{k}.npz"
            if not path.is_file():
                write_file(path, described(pair, np.random.default_rng((args.seed, k))))
            with np.load(path) as file:
                yield file["x"], file["right"], [str(file["source"])]*len(file["right"])


def main():
    args = arguments()
    check_file(args.out)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    found = list(gathered(args))
    if args.of > 1:
        return
    x, right, sources = (np.concatenate(part) for part in zip(*found, strict=True))
    network = fit_regions(x.reshape(-1, INPUTS), right.astype(bool), sources)
    how = dict(pairs=len(found), regions=len(right), right=int(right.sum()), seed=args.seed)
    save_region_network(network, args.out, date=datetime.date.today().isoformat(), data=DATA, training=how)


if __name__ == "__main__":
    main()
