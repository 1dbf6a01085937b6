"""Train the encoder that comes with carlearn.

    python tools/train_encoder.py OUT --renders FOLDER [--epochs 12] [--seed 0]

Photos: those of the paper that are not set aside, without copies; every fourth is kept for development and
every fourth for a test, so that half of them train. Renders: a folder of `python -m
carlearn.scenes.training_views FOLDER`. Checkpoints lie beside OUT, so that a stopped run goes on when it is
started again."""
import argparse
import datetime
import json
from pathlib import Path

import torch

from carlearn.core.photos import read_photo
from carlearn.core.samples import paper_photos
from carlearn.ssl.encoders import save_encoder
from carlearn.ssl.keypoints import KeypointPairs
from carlearn.ssl.loaders import keypoint_dls
from carlearn.annotations.splits import COPY_BITS, hash_distance, photo_hash
from carlearn.ssl.training import ssl_learner, train
from carlearn.scenes.training_views import train_record, training_pairs
from carlearn.ssl.view_pairs import harsh_light, photo_view_pairs, scene_view_pairs


def photo_split():
    "The paper's photos that may be used, without copies: dict train, dev, test → paths."
    kept, hashes = [], []
    for path in (p for folder in ("image60", "image10", "via/val") for p in paper_photos(folder)):
        h = photo_hash(read_photo(path))
        if all(hash_distance(h, g) > COPY_BITS for g in hashes):
            kept.append(path)
            hashes.append(h)
    return {"train": kept[0::2], "dev": kept[1::4], "test": kept[3::4]}


def training_data(photos, renders, per_car=20, seed=0):
    "KeypointPairs of photos (upright and oriented) and of rendered cars, in harsh light."
    upright = photo_view_pairs(photos, 16, seed=seed)
    oriented = photo_view_pairs(photos, 6, upright=False, seed=seed + 1)
    oriented.photo += 1000
    parts, number = [upright, oriented], lambda p: int(p.pre.entry["car"][3:])
    if renders:
        by_car = {}
        for pair in training_pairs(renders):
            by_car.setdefault(number(pair), []).append(pair)
        spread = lambda pairs: pairs[::max(1, len(pairs)//per_car)][:per_car]
        chosen = [p for _, pairs in sorted(by_car.items()) for p in spread(pairs)]
        parts.append(scene_view_pairs(chosen, seed=seed, key=number))
    p = KeypointPairs.joined(parts)
    p.first, p.second = harsh_light(p.first, 2*seed), harsh_light(p.second, 2*seed + 1)
    return p


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    parser.add_argument("--renders", type=Path,
                        help="folder of carlearn.scenes.training_views; none: photos only")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stem", default="light", help="light or full")
    parser.add_argument("--temperature", type=float, default=.07)
    args = parser.parse_args()
    photos = photo_split()["train"]
    pairs = training_data(photos, args.renders, seed=args.seed)
    print(f"{len(pairs)} pairs of patches", flush=True)
    learn = ssl_learner(keypoint_dls(pairs, 8, seed=args.seed), "descriptor", stem=args.stem,
                        temperature=args.temperature, seed=args.seed)
    losses = train(learn, args.epochs, checkpoint=args.out.with_suffix(".checkpoint"))
    renders = train_record(args.renders) if args.renders else None
    save_encoder(learn.model, args.out, half=True, date=datetime.date.today().isoformat(),
                 photos=len(photos), pairs=len(pairs), renders=renders, epochs=args.epochs, seed=args.seed,
                 temperature=args.temperature, losses=[round(v, 4) for v in losses], torch=torch.__version__)
    print(json.dumps([round(v, 3) for v in losses]))


if __name__ == "__main__":
    main()
