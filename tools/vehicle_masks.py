"""How likely each pixel of a photo is a vehicle, by DeepLab on MobileNetV2: a teacher for train_parts.py.

The weights are those of google-coral/test_data (Apache-2.0), trained on Pascal VOC, as safetensors with batch
norm folded; they are needed to make labels, and are no part of carlearn."""
import zlib

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from carlearn.core.files import make_folder, write_file

VEHICLES = [1, 4, 6, 7, 14, 19]   # of VOC: aeroplane, boat, bus, car, motorbike, train
STAGES = [(1, 16, 1, 1, 1), (6, 24, 2, 2, 1), (6, 32, 3, 2, 1), (6, 64, 4, 2, 1), (6, 96, 3, 1, 1),
          (6, 160, 3, 1, 2), (6, 320, 1, 1, 2)]   # times as wide inside, channels, blocks, stride, dilation
SIDE = 160                        # of a mask, px


def convolution(*sizes, act=True, **options):
    return nn.Sequential(nn.Conv2d(*sizes, **options), *([nn.ReLU6()] if act else []))


class Block(nn.Module):
    def __init__(self, i, o, times, stride, dilation):
        super().__init__()
        wide = i*times
        steps = [convolution(i, wide, 1)] if times != 1 else []
        steps += [convolution(wide, wide, 3, stride, dilation, dilation=dilation, groups=wide),
                  convolution(wide, o, 1, act=False)]
        self.conv = nn.Sequential(*steps)
        self.residual = stride == 1 and i == o

    def forward(self, x): return x + self.conv(x) if self.residual else self.conv(x)


def _blocks():
    yield convolution(3, 32, 3, 2, 1)
    i = 32
    for times, o, blocks, stride, dilation in STAGES:
        for k in range(blocks):
            first = k == 0
            yield Block(i, o, times, stride if first else 1, 1 if o == 160 and first else dilation)
            i = o


class DeepLab(nn.Module):
    "Chen et al. 2018, with MobileNetV2; 21 classes at stride 16."
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(*_blocks())
        self.aspp, self.pool = convolution(320, 256, 1), convolution(320, 256, 1)
        self.proj, self.cls = convolution(512, 256, 1), nn.Conv2d(256, 21, 1)

    def forward(self, x):
        f = self.features(x)
        whole = F.relu(self.pool(f.mean((2, 3), keepdim=True))).expand(-1, -1, *f.shape[-2:])
        return self.cls(F.relu(self.proj(torch.cat([whole, F.relu(self.aspp(f))], 1))))


def load_teacher(path):
    "DeepLab with the weights in a file."
    network = DeepLab()
    network.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    return network.eval()


@torch.inference_mode()
def vehicle(teacher, photo, sides=(257, 385)):
    "Probability of a vehicle against the background, uint8 of 255, SIDE × SIDE; mean over several sizes."
    mean = 0.
    for side in sides:
        small = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
        x = torch.from_numpy(small).permute(2, 0, 1)[None].float()/127.5 - 1
        mean = mean + F.interpolate(teacher(x).softmax(1), (SIDE, SIDE), mode="bilinear")[0]
    found = mean[VEHICLES].sum(0)
    return np.uint8((found/(found + mean[0] + 1e-6)).numpy()*255)


class VehicleMasks:
    "The teacher's masks of photos, each made once and kept as a picture in a folder."
    def __init__(self, weights, folder):
        self.weights, self.folder, self.teacher = weights, make_folder(folder), None

    def __call__(self, annotated, shape):
        "Probability of a vehicle, float32 H×W, of an AnnotatedPhoto."
        path = self.folder/f"{zlib.crc32(str(annotated.name).encode()):08x}.png"
        if not path.is_file():
            self.teacher = self.teacher or load_teacher(self.weights)
            write_file(path, cv2.imencode(".png", vehicle(self.teacher, annotated.read()))[1].tobytes())
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        return cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)/255
