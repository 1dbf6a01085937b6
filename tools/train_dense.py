"""Train the dense encoder that comes with carlearn.

    python tools/train_dense.py OUT --renders FOLDER [--epochs 8] [--items 800] [--seed 0]

Photos: the training half of those of the paper that are not set aside (see train_encoder.py). Renders: a
folder of `python -m carlearn.scenes.training_views FOLDER --cars 14`. For an ablation: --share 0 trains on
photos alone (no other viewpoints), --together 4 --places 256 with harder negatives, --dilation 1 or 4 with
less or more context. Checkpoints lie beside OUT, so that a stopped run goes on when it is started again."""
import argparse
import datetime
import json
import time
from pathlib import Path

import cv2
import torch
from train_encoder import photo_split

from carlearn.ssl.dense import DenseEncoder
from carlearn.ssl.dense_training import DenseData, dense_learner
from carlearn.ssl.encoders import save_encoder
from carlearn.ssl.training import train
from carlearn.scenes.training_views import train_record, training_pairs


def arguments():
    "What the command line says."
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    parser.add_argument("--renders", type=Path,
                        help="folder of carlearn.scenes.training_views; none: photos only")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--items", type=int, default=800, help="pairs of views in an epoch")
    parser.add_argument("--points", type=int, default=256, help="of a pair of views")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=.07)
    parser.add_argument("--share", type=float, default=.5, help="of the items that show rendered cars")
    parser.add_argument("--places", type=int, default=0,
                        help="random places of each view that are negatives too")
    parser.add_argument("--together", type=int, default=1, help="items of a batch that show different cars "
                        "from about the same side; 1: whatever comes")
    parser.add_argument("--dilation", type=int, default=2, help="context, see ssl.dense.DenseEncoder")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw views")
    parser.add_argument("--bf16", action="store_true", help="see carlearn.ssl.dense_training.dense_learner")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    photos, scenes = photo_split()["train"], training_pairs(args.renders) if args.renders else ()
    encoder = DenseEncoder(dilation=args.dilation, seed=args.seed)
    data = DenseData(photos, scenes, encoder.prepared, args.items, args.points, args.share, args.seed,
                     args.together)
    how = dict(places=args.places, together=args.together)
    count = sum(p.numel() for p in encoder.parameters())
    print(f"{len(photos)} photos, {len(scenes)} pairs of rendered views, {count:,} parameters", flush=True)
    start, record = time.process_time(), train_record(args.renders) if args.renders else None
    learn = dense_learner(data, encoder, temperature=args.temperature, places=args.places,
                          workers=args.workers, bf16=args.bf16)
    losses = train(learn, args.epochs, args.out.with_suffix(".checkpoint"),
                   run=dict(renders=str(record and record["hash"]), share=args.share, bf16=args.bf16, **how))
    save_encoder(encoder, args.out, half=True, date=datetime.date.today().isoformat(),
                 photos=len(photos), renders=record, scenes=len(scenes), share_of_scenes=data.share,
                 items=args.items, points=args.points, **how, epochs=args.epochs, seed=args.seed,
                 temperature=args.temperature, optimiser="AdamW 3e-3, one cycle", bf16=args.bf16,
                 losses=[round(v, 4) for v in losses], cpu_seconds=round(time.process_time() - start),
                 torch=torch.__version__)
    print(json.dumps([round(v, 3) for v in losses]))


if __name__ == "__main__":
    main()
