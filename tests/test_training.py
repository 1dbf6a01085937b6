"Training in processes of its own: killed and resumed with the paper's recipe, and shared between two."
import json
import os
import subprocess
import sys
from socket import socket

PRELUDE = '''
import json, sys, torch
from fastai.callback.core import Callback
from carlearn.core.samples import samples_path
from carlearn.ssl.loaders import patch_dls
from carlearn.ssl.training import ssl_learner, train
torch.set_num_threads(1)
photos = sorted(samples_path().glob("*/p*.jpg"))
learn = ssl_learner(patch_dls(photos[:4], n=8, seed=4, device="cpu"), "descriptor", recipe="sgd")
def tell(losses):
    state = torch.cat([p.detach().double().flatten() for p in learn.model.parameters()])
    print(json.dumps([losses, state.sum().item(), state.square().sum().item(), len(learn.recorder.losses)]))
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


def test_two_processes_end_with_the_same_weights():
    with socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    shared = dict(WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), ACCELERATE_USE_CPU="true")
    workers = [start(SHARED, RANK=str(k), LOCAL_RANK=str(k), **shared) for k in range(2)]
    (losses0, *state0), (losses1, *state1) = [last(w)[1] for w in workers]
    assert state0 == state1
    assert losses0 != losses1                       # each saw other photos
    assert state0[2] == 4                           # four photos, two epochs, two at a time
