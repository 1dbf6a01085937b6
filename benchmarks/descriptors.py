"""Descriptors on identical keypoints.

    python benchmarks/descriptors.py OUT [--only NAME …] [--encoders FILE …] [--quick]

Each encoder below is trained on the training half of the paper's photos (see tools/train_encoder.py), saved
to OUT/encoders and not trained again; each descriptor is asked on the development photos, and its rows are
kept in OUT/rows. OUT/table.md and OUT/rows.csv are made of all that is there, so that a stopped run goes
on, and several runs may share the work (--only). Names: python benchmarks/descriptors.py --list

Two tables: "wide" has up to 200 queries and 600 candidates a pair; "narrow" has 100 and 300, for the
encoders that see the whole photo with a mask and need one pass for each keypoint."""
import argparse
import json
import os
import sys
import time
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from carlearn.core.samples import bundled
from carlearn.core.files import write_file
from carlearn.ssl.dense import DenseEncoder, dense_map, described, load_dense
from carlearn.ssl.dense_training import DenseData, dense_learner
from carlearn.evaluation.descriptors import comparison_table, image_mask_embeddings, probe, probe_pairs
from carlearn.ssl.encoders import embed, load_encoder, make_encoder, read_card, save_encoder
from carlearn.ssl.keypoints import KeypointPairs
from carlearn.alignment.patch_encoder import PatchView, embeddings, raw_patches, root_sifts
from carlearn.ssl.loaders import keypoint_dls, patch_dls
from carlearn.ssl.training import ssl_learner, train
from carlearn.evaluation.pair_sets import homography_pairs
from carlearn.ssl.view_pairs import harsh_light, photo_view_pairs

sys.path.insert(0, str(Path(__file__).parent.parent/"tools"))
from train_encoder import photo_split  # noqa: E402

IMAGE_SIZE = 64                                    # of whole photos for the encoders that see a mask, px
SIZES = {"wide": (200, 600), "narrow": (100, 300)}           # queries, candidates


@cache
def view_pairs(window, seed, views=6):
    "Keypoint pairs of the training photos, 6 views of each; kept, since several encoders learn from them."
    return photo_view_pairs(photo_split()["train"], views, window=window, seed=seed, progress=False)


def paper(seed, photos=26, kind="patch", epochs=20):
    "The paper's recipe: ResNet-18, SGD, a minibatch is 32 random patches of 32 px of one photo."
    dls = patch_dls(photo_split()["train"][:photos], kind=kind, image_size=IMAGE_SIZE, num_workers=0,
                    seed=seed, device="cpu")
    return ssl_learner(dls, "resnet18", recipe="sgd", temperature=.1, seed=seed), epochs


def ours(seed, temperature=.07, mask_overlap=True, batch="photos", harsh=False, window=.1, epochs=3):
    """The light descriptor on keypoints that were found again.

    Batches are 6 views by chance ("photos"), the 6 views of one photo, or one view."""
    p = view_pairs(window, seed)
    first, second, view = p.first, p.second, p.view
    if harsh:
        first, second = harsh_light(first, 2*seed), harsh_light(second, 2*seed + 1)
    if batch == "one photo":
        view = 0*view    # all views of a photo are one item
    if harsh or batch == "one photo":
        p = KeypointPairs(first, second, p.photo, view, p.xy, p.size)
    dls = keypoint_dls(p, 6 if batch == "photos" else 1, seed=seed, device="cpu")
    learn = ssl_learner(dls, "descriptor", stem="light", temperature=temperature, mask_overlap=mask_overlap,
                        seed=seed)
    return learn, epochs


def settled(encoder, dls, batches=20):
    "An untrained encoder whose batch norm has seen what its inputs look like."
    encoder.train()
    with torch.no_grad():
        for _, (views, _) in zip(range(batches), dls.train, strict=False):
            encoder(views)
    return encoder


def untrained(arch, settle=True):
    if arch == "dense":
        encoder, dls = DenseEncoder(), dense_learner(DenseData(photo_split()["train"], items=80)).dls
    elif arch == "descriptor":
        encoder = make_encoder("descriptor", stem="light")
        dls = keypoint_dls(view_pairs(.1, 0), 6, device="cpu")
    else:
        encoder, dls = make_encoder(arch), patch_dls(photo_split()["train"], num_workers=0, device="cpu")
    return settled(encoder, dls) if settle else encoder


LITERAL = 32/640    # a window of 32 px at 640, which is what the paper's recipe is trained on
# name → (what it is in words, how it is trained, side of its windows, tables)
TRAINED = {
    "paper-10": ("paper's recipe, patch, 10 photos × 20 epochs",
                 partial(paper, photos=10), ("wide", "narrow")),
    "paper-26": ("paper's recipe, patch, 26 photos × 20 epochs", paper, ("wide", "narrow")),
    "mask-10": ("paper's recipe, image (64 px) + mask, 10 photos × 20 epochs",
                partial(paper, photos=10, kind="image_mask"), ("narrow",)),
    "mask-26": ("paper's recipe, image (64 px) + mask, 26 photos × 20 epochs",
                partial(paper, kind="image_mask"), ("narrow",)),
    "ours": ("light net, 3 epochs, the reference of those below", ours, ("wide",)),
    "T-.03": ("… temperature .03", partial(ours, temperature=.03), ("wide",)),
    "T-.2": ("… temperature .2", partial(ours, temperature=.2), ("wide",)),
    "overlap": ("… overlapping patches are negatives too", partial(ours, mask_overlap=False), ("wide",)),
    "one-photo": ("… negatives of one photo only, 384 pairs", partial(ours, batch="one photo"), ("wide",)),
    "one-view": ("… negatives of one view only, 64 pairs, 6 times the steps",
                 partial(ours, batch="one view"), ("wide",)),
    "harsh": ("… in harsh light", partial(ours, harsh=True), ("wide",)),
    "window-.05": ("… windows of .05", partial(ours, window=.05), ("wide",)),
    "window-.15": ("… windows of .15", partial(ours, window=.15), ("wide",)),
    "epochs-1": ("… 1 epoch", partial(ours, epochs=1), ("wide",)),
    "epochs-9": ("… 9 epochs", partial(ours, epochs=9), ("wide",)),
}
# trained with a second seed, too
SECOND = ("ours", "T-.03", "T-.2", "overlap", "one-photo", "one-view", "harsh", "window-.05", "window-.15",
          "epochs-1")
WINDOW = {"window-.05": .05, "window-.15": .15}


def trained(name, seed, out, quick):
    "The file of a trained encoder, made if it is not there."
    path = out/"encoders"/f"{name}-{seed}.safetensors"
    if path.exists() and path.with_suffix(".json").exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    learn, epochs = TRAINED[name][1](seed)
    began = time.process_time()
    losses = train(learn, 1 if quick else epochs, progress=False)
    seconds = time.process_time() - began
    save_encoder(learn.model, path, what=TRAINED[name][0], seed=seed, epochs=len(losses),
                 losses=[round(v, 4) for v in losses], temperature=learn.loss_func.temperature,
                 cpu_seconds=round(seconds))
    print(f"{path.stem}: loss {losses[0]:.2f} → {losses[-1]:.2f} in {seconds:.0f} CPU-s", flush=True)
    return path


def evened(encoder, photo, keypoints, view):
    "Embeddings of patches that were brought to one mean and one deviation first, so that light cannot show."
    x = view.cut(photo, keypoints, 32).astype(np.float32)
    x = (x - x.mean((1, 2, 3), keepdims=True))/np.maximum(x.std((1, 2, 3), keepdims=True), 1)
    return embed(encoder, np.clip(118 + 50*x, 0, 255).astype(np.uint8))


def dense(encoder, photo, keypoints):
    "Embeddings of the places of keypoints; the encoder sees the whole photo."
    return described(dense_map(encoder, photo), keypoints.xy).numpy()


def of_encoder(path, window=None):
    "A descriptor of an encoder's file, of either input."
    def describe(photo, keypoints, view):
        view = view if window is None else PatchView(True, window)
        if sees_mask(path):
            return image_mask_embeddings(photo, keypoints, view, path, IMAGE_SIZE)
        return embeddings(photo, keypoints, view, path, "cpu")
    return describe


def sees_mask(path): # whether an encoder's input is a whole photo and a mask
    return read_card(path)["config"].get("channels") == 4


def controls():
    "name → (in words, descriptor, tables)."
    at = lambda f, window: lambda photo, keypoints, view: f(photo, keypoints, PatchView(True, window))
    once = cache(untrained)
    net = lambda *a: lambda photo, keypoints, view: embeddings(photo, keypoints, view, once(*a), "cpu")
    even = lambda *what: evened(once("resnet18", False), *what)
    untrained_dense = lambda photo, keypoints, view: dense(once("dense"), photo, keypoints)
    bundled_dense = lambda: load_dense(bundled("dense.safetensors"))
    our_dense = lambda photo, keypoints, view: dense(bundled_dense(), photo, keypoints)
    both = ("wide", "narrow")
    return {
        "raw": ("raw 16-px patches", raw_patches, both),
        "rootsift": ("RootSIFT", root_sifts, both),
        "raw-.05": ("raw, windows of .05", at(raw_patches, .05), ("wide",)),
        "rootsift-.05": ("RootSIFT, windows of .05", at(root_sifts, .05), ("wide",)),
        "raw-.15": ("raw, windows of .15", at(raw_patches, .15), ("wide",)),
        "rootsift-.15": ("RootSIFT, windows of .15", at(root_sifts, .15), ("wide",)),
        "untrained-made": ("untrained ResNet-18, as made", net("resnet18", False), ("wide",)),
        "untrained": ("untrained ResNet-18, batch norm has seen 20 batches", net("resnet18"), both),
        "untrained-even": ("untrained ResNet-18, as made, patches evened", even, ("wide",)),
        "untrained-light": ("untrained light net, batch norm has seen 20 batches",
                            net("descriptor"), ("wide",)),
        "untrained-dense": ("untrained dense net, batch norm has seen 20 batches",
                            untrained_dense, ("wide",)),
        "dense": ("the dense encoder that comes with carlearn", our_dense, both),
        "bundled": ("the patch encoder that comes with carlearn",
                    of_encoder(bundled("encoder.safetensors")), both)}


def jobs(out, quick):
    "name → (in words, function that gives a descriptor, tables, loss in words)."
    found = {k: (words, lambda d=d: d, tables, lambda: "") for k, (words, d, tables) in controls().items()}
    for key, file in (("bundled", "encoder"), ("dense", "dense")):
        found[key] = (*found[key][:3], lambda file=file: _losses(bundled(f"{file}.safetensors")))
    for name, (words, _, tables) in TRAINED.items():
        for seed in (0, 1)[:1 + (name in SECOND)]:
            file = partial(trained, name, seed, out, quick)
            key, losses = f"{name}-{seed}", lambda file=file: _losses(file())
            asked = lambda window, file=file: lambda: of_encoder(file(), window)
            words_of_seed = words + f", seed {seed}"*(name in SECOND)
            found[key] = (words_of_seed, asked(WINDOW.get(name)), tables, losses)
            if name.startswith(("paper", "mask")):
                found[f"{key}-32px"] = ("… the same encoder, windows of .05", asked(LITERAL), tables, losses)
            if name.startswith("paper"):
                even = lambda file=file: partial(evened, load_encoder(file()))
                found[f"{key}-even"] = ("… the same encoder, patches evened", even, ("wide",), losses)
    return found


def _losses(path):
    losses = read_card(path).get("losses") or [np.nan]
    return f"{losses[0]:.2f} → {losses[-1]:.2f}"


@cache
def probes(which, quick):
    "Set → probes of the development photos."
    photos = photo_split()["dev"][:3 if quick else None]
    sets = [homography_pairs(photos, "mixed", each=2, name="flat"),
            homography_pairs(photos, ["light", "reflections", "low_resolution"], each=2, name="hard light")]
    return {s.name: probe_pairs(s, *SIZES[which]) for s in sets}


# of OUT/rows.csv
COLUMNS = ["table", "set", "key", "descriptor", "loss", "photo", "pair", "queries", "right", "error"]


def ask(key, job, out, quick):
    "Rows of a descriptor, kept in a file for each table."
    words, make, tables, losses = job
    for which in tables:
        path = out/"rows"/f"{which}_{key}.csv"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        describe, began = make(), time.process_time()
        rows = pd.concat([probe(describe, p).assign(set=name) for name, p in probes(which, quick).items()])
        rows = rows.assign(table=which, key=key, descriptor=words, loss=losses())[COLUMNS]
        write_file(path, rows.round({"right": 5, "error": 3}).to_csv(index=False))
        right = " ".join(f"{n} {100*r.right.mean():.1f}" for n, r in rows.groupby("set", sort=False))
        print(f"{which:6} {key:18} right {right}   {time.process_time() - began:.0f} CPU-s", flush=True)


def tables(out, words):
    "OUT/rows.csv and OUT/table.md of all rows that are there; words: key → what it is, in that order."
    files = {p.stem: p for p in (out/"rows").glob("*.csv")}
    known = [s for which in SIZES for s in [f"{which}_{k}" for k in words] if s in files]
    others = sorted(set(files) - set(known))
    rows = pd.concat([pd.read_csv(files[s], keep_default_na=False) for s in [*known, *others]])
    rows["descriptor"] = rows.key.map(words).fillna(rows.descriptor)
    write_file(out/"rows.csv", rows.to_csv(index=False))
    parts = [HEAD]
    for which, here in rows.groupby("table", sort=False):
        if "rootsift" not in set(here.key):
            continue
        names = here.groupby("key", sort=False)[["descriptor", "loss"]].first()
        table = comparison_table(here.assign(descriptor=here.key, error=here.error.astype(float)), "rootsift")
        table = table.rename(columns={"minus rootsift": "minus RootSIFT"})
        table.insert(2, "loss", table.descriptor.map(names.loss))
        table["descriptor"] = table.descriptor.map(names.descriptor)
        (n, candidates), photos = SIZES[which], here.groupby("set").photo.nunique().max()
        parts.append(f"Up to {n} queries and {candidates} candidates a pair, {photos} photos:\n\n"
                     + _markdown(table))
    write_file(out/"table.md", "\n".join(parts))
    print("\n".join(parts))


HEAD = (
    "Descriptors on identical keypoints of the development photos (python "
    "benchmarks/descriptors.py). Loss: NT-Xent, mean of the first and of the\n"
    "last epoch; comparable only where the question is the same. Right: share of the nearest "
    "neighbours that are right. Intervals: 95 % over\n"
    "photos, not over seeds. AUC: of the corner error of a homography from the same similarities, "
    "unpolished, where every query has a partner.\n"
    "Windows are a tenth of the photo's longer side where nothing else is said. The light net sees "
    "grey patches only, so colour is not compared.\n")


def _markdown(table):
    rule = ["---", "---"] + ["---:"]*(len(table.columns) - 2)
    lines = [list(table), rule, *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=Path("descriptors"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="descriptors whose names begin so")
    parser.add_argument("--encoders", nargs="+", type=Path, default=[], metavar="FILE",
                        help="further encoders of your own, .safetensors")
    parser.add_argument("--quick", action="store_true", help="3 photos, 1 epoch: whether it runs")
    parser.add_argument("--list", action="store_true", help="only name the descriptors")
    args = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
    every = jobs(args.out, args.quick)
    for p in args.encoders:
        which = ("narrow",) if sees_mask(p) else ("wide", "narrow")
        every[p.stem] = (p.stem, partial(of_encoder, p), which, partial(_losses, p))
    if args.list:
        print(json.dumps({k: v[0] for k, v in every.items()}, indent=1, ensure_ascii=False))
        return
    own = {p.stem for p in args.encoders}
    for key, job in every.items():
        if not args.only or key.startswith(tuple(args.only)) or key in own:
            ask(key, job, args.out, args.quick)
    tables(args.out, {k: v[0] for k, v in every.items()})


if __name__ == "__main__":
    main()
