"""Which damage is new: recall and false alarms on pairs that no choice has seen, with naive peers beside it.

    python benchmarks/new_damage.py OUT --damage FOLDER [--less FILE] [--share K --of N]

FOLDER of damage holds bilgi, nicolasmetallo and hitl. Sets: pairs composed of Bilgi's valid photos, plain and
hard, and of two other collections; Bilgi's valid pairs of one car in one state, as they are and with damage
painted out; bundled photos seen again, with a scratch or without; the test half of the rendered benchmark;
the bundled samples. OUT gets a table a kind (pairs, claims, damages) for each method, and summary.csv;
aligned pairs are kept in OUT/pairs_bridged and what the networks say of them in OUT/evidence, so that a
stopped run goes on; with --share and --of, several processes fill these folders, and a call without them
makes the tables. Methods run on the same pairs. --less: file of tools/fit_new_damage.py with weights for
which some of the evidence was left out."""
import argparse
import io
import json
import time
import zlib
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from carlearn.alignment.registry import make_aligner
from carlearn.annotations.reading import read_annotations
from carlearn.core.files import make_folder, write_file
from carlearn.core.samples import bundled
from carlearn.course.private_pairs import private_pairs
from carlearn.detection.detector import Detector
from carlearn.detection.sources import bilgi_annotations, hitl_annotations
from carlearn.inspection.evaluation import (
    LEFT_OUT, Outcomes, TruePair, aligned_pair, at_false_alarms, composed_pairs, hand_made, joined, outcomes,
    plain_difference, scene_true_pair, summary, without)
from carlearn.inspection.damage_painting import paint_out
from carlearn.inspection.damage_pairs import photo_sources
from carlearn.inspection.new_damage import (
    CLOSE, MOST, Claim, RegionEvidence, claim_weights, compare, evidence_of, judge, merged, overlapping,
    threshold_for_alarms)
from carlearn.inspection.regions import THRESHOLDS, core_of, nested_regions
from carlearn.scenes.benchmark_pairs import bench_pairs
from carlearn.scenes.pairs import scene_pairs

RATE = .05    # false claims a pair that are asked for
FRAME = "before", "after", "known", "bridged"   # of a TruePair


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--damage", type=Path, required=True)
    parser.add_argument("--composed", type=int, default=40, help="pairs of each composed set")
    parser.add_argument("--less", type=Path, default=Path(__file__).with_name("new_damage_less.json"),
                        help="weights with some of the evidence left out")
    parser.add_argument("--share", type=int, default=0)
    parser.add_argument("--of", type=int, default=1, help="fill the folders for every of-th pair only")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def stored(pair, path):
    "An aligned pair from its file, made and written if it is not there; pair is called without arguments."
    if not path.is_file():
        made = pair()
        arrays = {k: getattr(made, k) for k in FRAME if getattr(made, k) is not None}
        truths = np.array(made.truths, bool)
        note = json.dumps(dict(name=made.name, source=made.source, labels=made.labels, facts=made.facts))
        write_file(path, packed(truths=truths, note=note, **arrays))
    with np.load(path) as file:
        got = {k: file[k] if k in file else None for k in FRAME}
        return TruePair(truths=list(file["truths"]), **got, **json.loads(str(file["note"])))


def one_state(folder, aligner, home):
    "Bilgi's valid pairs of one car in one state, as functions that align them."
    photos = {p.path.name: p for p in bilgi_annotations(folder, "valid")}
    for k, p in enumerate(json.loads((folder/"valid"/"same_scene_pairs.json").read_text())):
        if p["a"] in photos and p["b"] in photos:
            post, pre = photos[p["a"]], photos[p["b"]]
            masks = [m > 0 for m in post.each_mask() if 0 < m.mean() < .3]
            make = partial(aligned_pair, pre.read(), post.read(), aligner, masks, name=f"one state {k}",
                           source="one state")
            yield partial(stored, make, home/f"one_state_{k}.npz")


def as_they_are(pair):
    "The pair as it is: nothing new."
    return replace(pair, truths=[])


def painted(pair, seed):
    "The pair with up to two damages painted out of the pick-up photo; None if none can be."
    if pair.before is None:
        return None
    rng, before = np.random.default_rng((seed, zlib.crc32(pair.name.encode()))), pair.before
    seen = [t for t in pair.truths if t.sum() > 30 and (t & pair.known).sum() > .8*t.sum()][:2]
    for truth in seen:
        before = paint_out(before, np.uint8(truth), rng)
    named = dict(name=f"{pair.name}, painted", source="one state, painted")
    return replace(pair, before=before, truths=seen, **named) if seen else None


def rendered(pairs, aligner, home, source):
    for p in pairs:
        yield partial(stored, partial(scene_true_pair, p, aligner, source), home/f"{source}_{p.name}.npz")


def scratched(aligner, home, each=20):
    "Bundled photos seen again, with a thin scratch painted on or without: as the course's second track."
    for p in private_pairs(0, each, "damage"):
        new = [p.changed] if p.changed.any() else []
        named = dict(name=f"scratched {p.name}", source="scratched")
        make = partial(aligned_pair, p.pre, p.post, aligner, new, **named)
        yield partial(stored, make, home/f"scratched_{p.name.replace(' ', '_')}.npz")


def composed(args):
    "Sets of pairs composed of photos that no choice has seen."
    bilgi = photo_sources(bilgi_annotations(args.damage/"bilgi", "valid"))
    files = sorted((args.damage/"nicolasmetallo").glob("**/via_region_data.json"))
    other = photo_sources(sum((read_annotations(f) for f in files[1:]), read_annotations(files[0])))
    third = photo_sources(hitl_annotations(args.damage/"hitl"))
    yield from composed_pairs(*bilgi, args.composed, "composed, plain")
    yield from composed_pairs(*bilgi, args.composed, "composed, hard", hard=True)
    for name, (sources, cutouts) in (("nicolasmetallo", other), ("hitl", third)):
        yield from composed_pairs(sources, cutouts, args.composed, f"composed, hard, {name}", hard=True)


def all_pairs(args):
    "Functions that make a pair, or None."
    aligner, home = make_aligner("encoder"), make_folder(args.out/"pairs_bridged")
    yield from (partial(lambda pair: pair, pair) for pair in composed(args))
    states = list(one_state(args.damage/"bilgi", aligner, home))
    yield from (partial(lambda state: as_they_are(state()), state) for state in states)
    yield from (partial(lambda state: painted(state(), 0), state) for state in states)
    yield from scratched(aligner, home)
    yield from rendered(bench_pairs("test", same_car=True), aligner, home, "rendered")
    yield from rendered([p for p in scene_pairs() if p.same_car], aligner, home, "samples")


def looked(pair, detector, home):
    "Regions, their cores, the evidence for each and the seconds, from a file; made and written if not there."
    path = home/f"{pair.name.replace(' ', '_').replace(',', '')}.npz"
    if not path.is_file():
        start = time.process_time()
        comparison = compare(pair.before, pair.after, pair.known, detector, pair.bridged)
        masks = nested_regions(comparison.new, comparison.known)
        evidence = [vars(e) for e in evidence_of(masks, comparison)]
        cores = [core_of(m, comparison) for m in masks]
        note = json.dumps(dict(evidence=evidence, cpu=time.process_time() - start))
        write_file(path, packed(masks=stack(masks, pair.known), cores=stack(cores, pair.known), note=note))
    with np.load(path) as file:
        note = json.loads(str(file["note"]))
        evidence = [RegionEvidence(**e) for e in note["evidence"]]
        return list(file["masks"]), list(file["cores"]), evidence, note["cpu"]


def stack(masks, like):
    "Masks as one array, even if there are none."
    return np.array(masks, bool).reshape(-1, *like.shape)


def packed(**arrays):
    "Arrays as the bytes of an .npz file."
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def evidence_home(args):
    "The folder for what these networks say."
    names = "features", "changes", "parts", "detector"
    files = *(f"{n}.safetensors" for n in names), "detector.json"      # its calibration
    weights = b"".join(bundled(f).read_bytes() for f in files)
    names_of = ",".join(f.name for f in fields(RegionEvidence))
    asked = f"lines, large, bridged {CLOSE} {MOST} {THRESHOLDS},{names_of}".encode()
    return make_folder(args.out/"evidence"/f"{zlib.crc32(weights + asked):08x}")


def fills(args, detector):
    "Fill the folders with one share of the pairs."
    home = evidence_home(args)
    for k, make in enumerate(tqdm(all_pairs(args))):
        if k % args.of == args.share and (pair := make()) is not None and pair.before is not None:
            looked(pair, detector, home)


def judged(look, weights, names=()):
    "A method: the regions that the networks see, judged by these weights."
    def method(pair):
        masks, cores, evidence, _ = look(pair)
        chosen = judge(without(evidence, names), weights, overlapping(masks))
        return merged(Claim(masks[k], score, cores[k]) for k, score in chosen)
    return method


def methods(look, less):
    "name → (method, threshold asked for or None)."
    weights = {"learned": claim_weights()["detector"]} | {f"learned, {k}": w for k, w in less.items()}
    names = {name: LEFT_OUT.get(name.removeprefix("learned, "), ()) for name in weights}
    of = {name: judged(look, w, names[name]) for name, w in weights.items()}
    asked = {name: threshold_for_alarms(w["alarms"], RATE) for name, w in weights.items()}
    return {"plain difference": (plain_difference, None), "hand-made": (hand_made, None)} | {
        name: (method, asked[name]) for name, method in of.items()}


def timed(method, spent):
    "The method; the CPU seconds of its calls are added to a list."
    def call(pair):
        start = time.process_time()
        found = method(pair)
        spent.append(time.process_time() - start)
        return found
    return call


def part(found, keep):
    "Outcomes of some of the pairs; keep: table of pairs → bools."
    names = found.pairs.pair[keep(found.pairs)]
    return Outcomes(*(t[t.pair.isin(names)] for t in (found.pairs, found.claims, found.damages)))


def groups(found):
    "name → outcomes: of each source, and rendered ones by the angle between the views."
    for source in found.pairs.source.unique():
        yield source, part(found, lambda t, s=source: t.source == s)
    rendered = part(found, lambda t: t.source == "rendered")
    for low, high in ((0, 15), (15, 25), (25, 180)):
        within = part(rendered, lambda t, a=low, b=high: (t.angle >= a) & (t.angle < b))
        if len(within.pairs):
            yield f"rendered, {low} to {high} degrees", within


def rows_of(name, found, asked, spent):
    "The summary of a method: at equal false alarms, and at the threshold asked for."
    for group, one in groups(found):
        at = {f"at {f}": at_false_alarms(one, f) for f in (.1, .3)} | {"asked": asked}
        for k, t in at.items():
            if t is not None:
                base = dict(method=name, set=group, threshold=k, score=t, cpu=np.median(spent))
                yield base | summary(one, t)


def less_weights(path):
    "name → weights for which some of the evidence was left out."
    return json.loads(path.read_text(encoding="utf-8"))


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    detector, home = Detector(threshold=.05), evidence_home(args)
    if args.of > 1:
        return fills(args, detector)
    chosen = methods(lambda pair: looked(pair, detector, home), less_weights(args.less))
    found, spent, rows = {k: [] for k in chosen}, {k: [] for k in chosen}, []
    for make in tqdm(all_pairs(args)):
        if (pair := make()) is None:
            continue
        for name, (method, _) in chosen.items():
            found[name].append(outcomes([pair], timed(method, spent[name])))
        if pair.before is not None:
            spent["learned"][-1] = looked(pair, detector, home)[-1]
    for name, (_, asked) in chosen.items():
        whole = joined(found[name])
        for kind in ("pairs", "claims", "damages"):
            path = args.out/f"{name.replace(', ', '_').replace(' ', '_')}_{kind}.csv"
            write_file(path, getattr(whole, kind).round(4).to_csv(index=False))
        rows += rows_of(name, whole, asked, spent[name])
    write_file(args.out/"summary.csv", pd.DataFrame(rows).round(3).to_csv(index=False))


if __name__ == "__main__":
    main()
