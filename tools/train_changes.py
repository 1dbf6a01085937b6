"""Train the network that compares two aligned photos: new damage, other changes, nothing.

    python tools/train_changes.py OUT --bilgi FOLDER --parts FOLDER --renders FOLDER --cache FOLDER

Sources of the pairs: single photos of damage (Bilgi University Car Damage, CC BY 4.0) and of undamaged cars
(car parts set, Pasupa et al. 2022), of which pairs are made; pairs of one car in one state from Bilgi's
photos (FOLDER/train/same_scene_pairs.json, without those that were found to show two states, or whose map is
wrong, by eye: not_one_state.json); rendered pairs with and without new damage (the dev half of the
benchmark, and `python -m carlearn.scenes.training_views FOLDER`). The last two are aligned by carlearn's
own encoder, which takes two seconds a pair; what it makes of them lies in the cache, so that it is done
once. The backbone is features.safetensors (tools/keep_features.py). A stopped run goes on when it is started
again.

The network that comes with carlearn was trained twice: with --zoom 1 and a folder of training views, then
on from that without them, with --lr 2e-3 --epochs 7 --side 256 --zoom 3 --states 170 --keep .5; its card says
so. Weights half way between the two find small damage as the second does, and forget less of what the first
knew: M. Wortsman and others, Robust fine-tuning of zero-shot models (CVPR 2022)."""
import argparse
import datetime
import io
import json
import zlib
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from carlearn.alignment.registry import make_aligner
from carlearn.core.files import make_folder, write_file
from carlearn.detection.sources import bilgi_annotations, undamaged_cars
from carlearn.inspection.change_network import (
    load_change_network, load_features, own_features, save_change_network, save_features)
from carlearn.inspection.change_training import OnPhotos, change_learner, train_changes
from carlearn.inspection.damage_pairs import DamagePairs, Source, aligned_source, photo_sources
from carlearn.scenes.benchmark_pairs import bench_pairs
from carlearn.scenes.training_views import training_pairs
from carlearn.ssl.training import Bf16

DATA = ("Bilgi University Car Damage (CC BY 4.0, Roboflow het-m73ej), train part; undamaged cars of the car "
        "parts data set (Pasupa et al. 2022); cars rendered by carlearn")
NOT_ONE_STATE = json.loads((Path(__file__).parent/"not_one_state.json").read_text())
LARGEST = .3   # share of a photo from which on a damage is no mask: nothing is left to paint it out with


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    for name in ("bilgi", "parts", "cache"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="folders of training views")
    parser.add_argument("--turn", type=float, default=25, help="most degrees between rendered views")
    parser.add_argument("--start", type=Path, help="network to go on from, .safetensors; none: a new one")
    parser.add_argument("--features", type=Path, help="backbone, .safetensors; none: that of carlearn")
    parser.add_argument("--one-way", action="store_true", help="rendered pairs in one order, not in both")
    parser.add_argument("--own", type=float, help="learning rate of the backbone; none: it is frozen")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--keep", type=float, default=0, help="share of its weights in what is saved, 0 to 1")
    parser.add_argument("--lr", type=float, default=3e-3, help="at the top of the cycle")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--pairs", type=int, default=900, help="of an epoch")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--side", type=int, default=320, help="of a pair, px")
    parser.add_argument("--zoom", type=float, default=3., help="up to so many times a pair is enlarged")
    parser.add_argument("--states", type=int, help="so many pairs of one state at most; none given: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pairs")
    args = parser.parse_args()
    if not 0 <= args.keep <= 1 or args.keep and not args.start:
        parser.error("--keep needs --start, and a share from 0 to 1")
    return args


def stored(path, make):
    "A Source, or None, from its file; made and written if it is not there."
    if not path.is_file():
        write_file(path, _packed(make()))
    with np.load(path) as file:
        if "post" not in file:
            return None
        given = {k: file[k] for k in file.files}
    masks = list(given.pop("masks"))
    return Source(masks=masks, same=False, **given)


def _packed(source):
    "A Source as the bytes of an .npz file; an empty one where the alignment refused."
    file, arrays = io.BytesIO(), {}
    if source is not None:
        arrays = dict(pre=source.pre, post=source.post, valid=source.valid,
                      masks=np.array(source.masks, np.uint8).reshape(-1, *source.valid.shape))
        arrays |= {k: getattr(source, k) for k in ("new", "other") if getattr(source, k) is not None}
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def aligned(aligner, pre, post, **truth):
    "The pair as a Source, or None where the aligner refuses."
    alignment = aligner(pre, post)
    return None if alignment.refused else aligned_source(pre, post, alignment, **truth)


def scene_of(pairs):
    "dict photo -> a photo that stands for its scene; photos of one pair are of one scene."
    scene = {}
    def find(name):
        while scene.setdefault(name, name) != name:
            name = scene[name]
        return name
    for pair in pairs:
        scene[find(pair["a"])] = find(pair["b"])
    return {name: find(name) for name in list(scene)}


def kept_aside(name):
    "Whether a scene of this name is for calibration: one in eight."
    return zlib.crc32(name.encode()) % 8 == 0


def same_scenes(folder, aligner, cache, aside=False):
    "Sources of Bilgi's pairs of one car in one state; first photo at return, second at pick-up."
    photos = {p.path.name: p for p in bilgi_annotations(folder)}
    pairs = json.loads((folder/"train"/"same_scene_pairs.json").read_text())
    scenes = scene_of(pairs)
    left_out = NOT_ONE_STATE["another state"] + ([] if aside else NOT_ONE_STATE["wrong map"])
    pairs = [(photos[p["a"]], photos[p["b"]]) for p in pairs if [p["a"], p["b"]] not in left_out
             and p["a"] in photos and p["b"] in photos and kept_aside(scenes[p["a"]]) == aside]
    for post, pre in tqdm(pairs, desc="pairs of one state"):
        masks = [m for m in post.each_mask() if 0 < m.mean() < LARGEST]
        name = f"{zlib.crc32((post.name + pre.name).encode()):08x}.npz"
        yield stored(cache/name, partial(aligned, aligner, pre.read(), post.read(), masks=masks))


def ways(pair, one=False):
    "(pick-up, return) of a rendered pair, both ways round where the damage differs, or one by its name."
    pre, post = pair.pre, pair.post
    both = [(pre, post)] + [(post, pre)]*(pre.entry["state"] != post.entry["state"] or mixed(pre))
    return [both[zlib.crc32(pair.name.encode()) % len(both)]] if one else both


def mixed(view): return view.entry["state"] == "mixed"


def new_in(pre, post):
    "Where the return photo shows damage that the pick-up photo does not; None: nowhere."
    if not (mixed(pre) or (pre.entry["state"], post.entry["state"]) == ("old", "new")):
        return None                                  # what has gone is no new damage
    new = [int(n) for n, d in post.entry["damages"].items()
           if (n not in pre.entry["damages"] if mixed(pre) else d["when"] == "new")]
    return np.isin(post.damage, new)


def rendered(pairs, aligner, cache, set_name, one=False):
    "Sources of rendered pairs of one car; what is not the car, and what lies on it, is another change."
    for pair in tqdm(pairs, desc=f"rendered pairs, {set_name}"):
        for pre, post in ways(pair, one):
            truth = dict(new=new_in(pre, post), other=(post.other > 0) | ~post.car)
            name = f"{set_name}_{pre.name}-{post.name}.npz"
            yield stored(cache/name, partial(aligned, aligner, pre.photo, post.photo, **truth))


def bench_cars(aside=False):
    "Pairs of the dev half of the benchmark; of every third car for calibration."
    pairs = bench_pairs("dev", same_car=True)
    cars = sorted({p.pre.entry["car"] for p in pairs})
    return [p for p in pairs if (cars.index(p.pre.entry["car"]) % 3 == 2) == aside]


def singles(args, aside=False):
    "(Sources, Cutouts) of single photos; of Bilgi's every second one, the others being kept aside."
    known, whole = bilgi_annotations(args.bilgi), undamaged_cars(args.parts/"trainingset", every=7)
    if aside:
        scenes = scene_of(json.loads((args.bilgi/"train"/"same_scene_pairs.json").read_text()))
        return photo_sources([p for p in known[1::2] if p.path.name not in scenes])
    return photo_sources(known[::2] + whole)


def sources(args):
    "(Sources, Cutouts, counts) of all kinds; of single photos, real and rendered pairs about equally many."
    aligner, cache = make_aligner("encoder"), make_folder(args.cache)
    single, cutouts = singles(args)
    real = [s for s in islice(same_scenes(args.bilgi, aligner, cache), args.states) if s]
    sets = {"bench": bench_cars()} | {f.name: training_pairs(f, args.turn) for f in args.renders}
    one = args.one_way
    views = [s for name, pairs in sets.items() for s in rendered(pairs, aligner, cache, name, one) if s]
    print(f"{len(single)} single photos, {len(real)} pairs of one state, {len(views)} rendered pairs, "
          f"{len(cutouts)} damages to paste")
    counts = dict(single=len(single), one_state=len(real), rendered=len(views), cutouts=len(cutouts))
    kinds = [kind for kind in (single, real, views) if kind]
    most = max(map(len, kinds))
    return [s for kind in kinds for s in kind*round(most/len(kind))], cutouts, counts


def keep_of(share, start, network):
    "Move the weights of a network that share of the way back to where it started."
    with torch.no_grad():
        for now, first in zip(network.parameters(), start.parameters(), strict=True):
            now.lerp_(first, share)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    every, cutouts, counts = sources(args)
    pairs = DamagePairs(every, cutouts, args.pairs, args.side, args.seed, args.zoom)
    features = load_features(args.features) if args.features else own_features()
    network = load_change_network(args.start, features).train() if args.start else None
    learn = change_learner(pairs, features, network, args.batch, args.lr, own=args.own, seed=args.seed,
                           workers=args.workers, device="cpu")
    learn.add_cbs([Bf16()]*args.bf16)
    losses = train_changes(learn, args.epochs, args.out.with_suffix(".checkpoints"))
    if args.keep:
        keep_of(args.keep, started(args, features), learn.model)
    save(learn.model, args, counts, losses, features, network)


def started(args, features):
    "The model as it was before its training."
    network = load_change_network(args.start, features)
    return network if args.own is None else OnPhotos(features, network)


def save(model, args, counts, losses, features, network):
    "Write the network, and its backbone beside it where that was trained."
    named = "epochs", "pairs", "batch", "side", "zoom", "seed", "lr", "own", "turn", "one_way", "keep"
    how = [*(network.card["training"] if hasattr(network, "card") else ()),
           {k: getattr(args, k) for k in named} | counts]
    facts = dict(date=datetime.date.today().isoformat(), data=DATA, training=how)
    if args.own is not None:
        network, features = model.network, model.features.requires_grad_(False)
        save_features(features, args.out.with_name(f"{args.out.stem}_features.safetensors"), **facts)
    else:
        network = model
    save_change_network(network, args.out, features, losses=[round(v, 4) for v in losses], **facts)


if __name__ == "__main__":
    main()
