"Training in processes of its own: killed and resumed with the paper's recipe, and shared between two."
import json
import os
import subprocess
import sys
from socket import socket

import pytest
import torch

TELL = '''
import json, sys, torch
from fastai.callback.core import Callback
from carlearn.core.samples import samples_path
torch.set_num_threads(1)
def tell(losses):
    state = torch.cat([p.detach().double().flatten() for p in learn.model.parameters()])
    print(json.dumps([losses, state.sum().item(), state.square().sum().item(), len(learn.recorder.losses)]))
'''
PRELUDE = TELL + '''
from carlearn.ssl.loaders import patch_dls
from carlearn.ssl.training import ssl_learner, train
photos = sorted(samples_path().glob("*/p*.jpg"))
learn = ssl_learner(patch_dls(photos[:4], n=8, seed=4, device="cpu"), "descriptor", recipe="sgd")
'''
RESUMED = PRELUDE + '''
class Say(Callback):
    def after_batch(self): print(self.epoch, self.iter, flush=True)
tell(train(learn.add_cb(Say()), 3, checkpoint=sys.argv[1], progress=False))
'''
SHARED = PRELUDE + '''
import fastai.distributed
with learn.distrib_ctx(sync_bn=False, cpu=True): losses = train(learn, 2, progress=False)
tell(losses)
'''
CHANGES = TELL + '''
from contextlib import nullcontext
import fastai.distributed
from carlearn.annotations.reading import read_annotations
from carlearn.inspection.change_training import change_learner, train_changes
from carlearn.inspection.damage_pairs import DamagePairs, photo_sources
sources, cutouts = photo_sources(read_annotations(samples_path()/"via_2x.json"))
pairs = DamagePairs(sources, cutouts, 8, side=96, seed=1)
learn = change_learner(pairs, batch=int(sys.argv[1]), device="cpu")
begun = [p.detach().clone() for p in learn.model.parameters()]
alone = nullcontext() if sys.argv[1] == "8" else learn.distrib_ctx(sync_bn=False, cpu=True)
with alone, learn.no_bar(), learn.no_logging(): losses = train_changes(learn, 2)
torch.save((begun, list(learn.model.parameters())), sys.argv[2])
tell(losses)
'''
DETECTOR = TELL + '''
import fastai.distributed
from carlearn.annotations.reading import read_annotations
from carlearn.detection.batches import damage_dls
from carlearn.detection.learner import damage_learner, train_detector
from carlearn.detection.networks import mask_rcnn
a = read_annotations(samples_path()/"via_2x.json")
dls = damage_dls(a[2:], a[:2], bs=1, max_side=160, seed=3, device="cpu")
learn = damage_learner(dls, mask_rcnn("resnet18", len(dls.classes)))
with learn.distrib_ctx(sync_bn=False, cpu=True):
    table = train_detector(learn, 1, freeze_epochs=1, progress=False)
tell([len(a[2:]), *table[["train_loss_mask", "valid_loss_mask", "valid_loss", "mask_ap"]].values[0]])
'''

slow = pytest.mark.skipif("slow" not in os.environ.get("FLAGS", ""), reason="slow: make test-all")


def start(script, *arguments, **env):
    command = [sys.executable, "-W", "ignore", "-c", script, *map(str, arguments)]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen(command, env=os.environ | env, **pipes)


def last(worker):
    out, error = worker.communicate(timeout=300)
    assert worker.returncode == 0, error[-3000:]
    return out.splitlines()[0], json.loads(out.splitlines()[-1])


def test_killed_and_resumed_is_as_if_never_killed(tmp_path):
    alone, victim = start(RESUMED, tmp_path/"alone"), start(RESUMED, tmp_path/"victim")
    for line in victim.stdout:
        if line.split() == ["1", "2"]:
            break
    victim.kill()
    victim.communicate()
    begun, resumed = last(start(RESUMED, tmp_path/"victim"))
    assert begun == "1 0"
    assert resumed == last(alone)[1]


def two(script, *arguments):
    "What two processes tell that train together."
    with socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    shared = dict(WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), ACCELERATE_USE_CPU="true")
    workers = [start(script, *arguments, RANK=str(k), LOCAL_RANK=str(k), **shared) for k in range(2)]
    return [last(w)[1] for w in workers]


def test_two_processes_end_with_the_same_weights():
    (losses0, *state0), (losses1, *state1) = two(SHARED)
    assert state0 == state1
    assert losses0 != losses1                       # each saw other photos
    assert state0[2] == 4                           # four photos, two epochs, two at a time


@slow
def test_two_processes_learn_changes_as_one_does(tmp_path):
    (losses0, *state0), (losses1, *state1) = two(CHANGES, 4, tmp_path/"shared.pt")
    assert state0 == state1 and losses0 != losses1
    last(start(CHANGES, 8, tmp_path/"alone.pt"))
    (begun, shared), (_, alone) = (torch.load(tmp_path/f"{name}.pt") for name in ("shared", "alone"))
    length = lambda a, b: sum((x - y).square().sum() for x, y in zip(a, b, strict=True)).sqrt()
    assert length(shared, alone) < .3*length(alone, begun)      # Dice is no mean over pairs: not quite equal


@slow
def test_two_processes_end_with_one_detector():
    (told0, *state0), (told1, *state1) = two(DETECTOR)
    assert state0 == state1
    (photos, learnt0, *figures0), (_, learnt1, *figures1) = told0, told1
    assert state0[2] == -(-photos//2)               # half of the photos, in the second stage too
    assert learnt0 != learnt1                       # each learnt from other photos …
    assert figures0 == figures1                     # … and both validated on all
