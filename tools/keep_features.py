"""Keep the backbone of a detector as the features that the networks of the inspection work on.

    python tools/keep_features.py DETECTOR.safetensors OUT.safetensors

The networks that compare and that tell the parts of a car were trained on the features of one detector. When
the detector that comes with carlearn is trained further, they go on with these. A new set of features means
to train both anew: tools/train_changes.py and tools/train_parts.py."""
import argparse
from pathlib import Path

from carlearn.detection.networks import load_detector
from carlearn.inspection.change_network import features_of, fingerprint, save_features
from carlearn.ssl.encoders import read_card


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detector", type=Path, help="its file, .safetensors")
    parser.add_argument("out", type=Path, help="file to write, .safetensors")
    args = parser.parse_args()
    card = read_card(args.detector, "detector")
    features = features_of(load_detector(args.detector)[0])
    kept = {k: card[k] for k in ("date", "data", "licence", "training") if k in card}
    save_features(features, args.out, **kept)
    print(fingerprint(features))


if __name__ == "__main__":
    main()
