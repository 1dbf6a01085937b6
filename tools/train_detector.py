"""Train a damage detector on real photos: the one that carlearn is to come with.

    python tools/train_detector.py OUT --bilgi FOLDER --parts FOLDER --start MOBILENET.safetensors

Photos: the Bilgi University Car Damage set (CC BY 4.0; FOLDER holds `train` and `valid`, each with
`_annotations.coco.json`), its classes mapped to carlearn's seven; and undamaged cars of the car parts data
set (Pasupa et al. 2022), of which nothing is to be found. The start is MobileNetV2 with ImageNet weights as
torchvision names them, or a detector, which is trained on. Checkpoints lie beside OUT, so that a stopped run
goes on when it is started again. The detector that comes with carlearn is the last of four runs, each
started from the one before:

    --start MOBILENET --side 320 --epochs 5
    --start FIRST --side 384 --epochs 1 --lr 8e-4
    --start SECOND --side 384 --epochs 8
    --start THIRD --side 384 --epochs 12 --mosaic .5 --fixed --wd .02 --lower .3 --bf16 --look 512

The third is the one whose backbone lies in features.safetensors (tools/keep_features.py). The fourth took 67
minutes of two cores that know bfloat16, with other work beside it. Its card names all four as stages, joined
by hand."""
import argparse
import datetime
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from fastai.torch_core import to_float
from torchvision.transforms import v2

from carlearn.detection.batches import DamageData, DamageDL, damage_dls
from carlearn.detection.false_alarms import (
    as_one_class, calibrated, fit_scores, on_damage, threshold_for,
)
from carlearn.detection.learner import FixedStatistics, damage_learner, train_detector
from carlearn.detection.mosaic import Mosaic
from carlearn.detection.networks import mask_rcnn, one_stage, save_detector
from carlearn.detection.precision import Precision, evaluate
from carlearn.detection.sources import CLASSES, bilgi_annotations, undamaged_cars

DATA = ("Bilgi University Car Damage (CC BY 4.0, Roboflow het-m73ej), train part; undamaged cars of the car "
        "parts data set (Pasupa et al. 2022); backbone: MobileNetV2 trained on ImageNet (MIT)")
LICENCE = "photos under CC BY 4.0, to be named; backbone under MIT"


def augmentation():
    "Large-scale jitter, mirror, light, blur and JPEG."
    colour = v2.RandomApply([v2.ColorJitter(.4, .4, .4, .04)], .8)
    soft = v2.RandomApply([v2.GaussianBlur(5, (.4, 1.4))], .15)
    jpeg = v2.RandomApply([v2.JPEG((40, 90))], .3)
    move = v2.RandomAffine(10, (.15, .15), (.7, 1.6), (-5, 5)*2, interpolation=v2.InterpolationMode.BILINEAR)
    return v2.Compose([jpeg, colour, soft, v2.RandomHorizontalFlip(.5), move])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    parser.add_argument("--bilgi", type=Path, required=True)
    parser.add_argument("--parts", type=Path, required=True)
    parser.add_argument("--network", choices=("one_stage", "mask_rcnn"), default="one_stage")
    parser.add_argument("--start", help="weights to start from; none: random")
    parser.add_argument("--side", type=int, default=320, help="of the photos in training, px")
    parser.add_argument("--look", type=int, default=640, help="side of the photos in use, px")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--lower", type=float, default=.01, help="share of it for the lower backbone")
    parser.add_argument("--wd", type=float, default=1e-4, help="weight decay")
    parser.add_argument("--mosaic", type=float, default=0., help="share, in the first .7 of the epochs")
    parser.add_argument("--fixed", action="store_true", help="batch norm keeps its running statistics")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--heads", type=int, default=0, help="epochs of the heads alone, before")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", type=int, default=3, help="validate on every so-many-th photo in training")
    parser.add_argument("--bf16", action="store_true", help="convolve in bfloat16, faster on some hardware")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare photos")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def data(args):
    "DataLoaders of damaged and of whole cars, the validation scenes beside them."
    known = bilgi_annotations(args.bilgi) + undamaged_cars(args.parts/"trainingset", every=3)
    held = bilgi_annotations(args.bilgi, "valid")[::args.check]
    classes = [c for c in CLASSES if c in known.labels]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    mosaic = Mosaic(args.mosaic, epochs=round(.7*args.epochs)) if args.mosaic else None
    return damage_dls(known, held, classes, bs=args.batch, max_side=args.side, augmentation=augmentation(),
                      seed=args.seed, device=device, skip_bad=True, cache_mb=1500, mosaic=mosaic,
                      num_workers=args.workers)


def network(args, classes, side):
    "The network to train, or to put what was trained into."
    make = one_stage if args.network == "one_stage" else partial(mask_rcnn, "mobilenet_v2")
    return make(len(classes), args.start, side, side, seed=args.seed, classes=classes)


def in_bf16(module):
    """Let a part of a network compute in bfloat16; what it is given and gives is float32. The losses, which
    the network works out itself, stay in float32: carlearn.ssl.training.Bf16 would take them in."""
    plain = module.forward

    def forward(*given):
        with torch.autocast(next(module.parameters()).device.type, torch.bfloat16):
            return to_float(plain(*given))
    module.forward = forward


def calibration(model, held, side, classes):
    "For the card: calibration of the scores, the threshold above which three in four lie on damage, figures."
    found = evaluate(model.eval(), DamageDL(DamageData(held, classes, side), bs=4, device="cpu"), classes)
    judged = on_damage(found.scorer)
    scale = fit_scores(judged)
    share = judged.right.astype(int).cumsum()/(judged.index + 1)
    least = threshold_for(pd.DataFrame(dict(threshold=judged.score, precision=share)), .75)
    figures = {k: round(v, 4) for k, v in found.scores.items()}
    figures["mask_ap50_one_class"] = round(Precision(as_one_class(found.scorer)).scores["mask_ap50"], 4)
    threshold = round(float(calibrated(least, scale)), 3)
    return dict(calibration=[round(v, 4) for v in scale], threshold=threshold, metrics=figures)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    dls = data(args)
    # convolutions are a tenth faster on the CPU with channels last
    model = network(args, dls.classes, args.side).to(memory_format=torch.channels_last)
    if args.bf16:
        in_bf16(model.backbone)
        in_bf16(model.head)
    learn = damage_learner(dls, model, wd=args.wd, cbs=[FixedStatistics()] if args.fixed else [])
    # stride 4 of ImageNet's network stays as it is, the rest of it learns more slowly than the heads
    train_detector(learn, args.epochs, args.out.with_suffix(".checkpoints"), args.heads,
                   lr=slice(args.lr*args.lower, args.lr), frozen=1 if args.start else 0, keep=None)
    model = network(args, dls.classes, args.look)
    model.load_state_dict(learn.model.state_dict())
    said = calibration(model, bilgi_annotations(args.bilgi, "valid"), args.look, dls.classes)
    training = dict(photos=len(dls.train.dataset), side=args.side, epochs=args.epochs, batch=args.batch,
                    lr=args.lr, lower=args.lower, wd=args.wd, mosaic=args.mosaic, fixed=args.fixed,
                    bf16=args.bf16, seed=args.seed, start=args.start and Path(args.start).name)
    save_detector(model, args.out, dls.classes, half=True, date=datetime.date.today().isoformat(), data=DATA,
                  licence=LICENCE, training=training, **said)
    print(said)


if __name__ == "__main__":
    main()
