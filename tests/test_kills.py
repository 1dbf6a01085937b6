"Long jobs killed at seeded moments: nothing half-written under its final name, and nothing left in the way."
import os
import random
import signal
import time

from carlearn.core.files import is_leftover, sweep, write_file

MOMENTS = 50


def killed(job, seconds):
    "Run a job in a process of its own and kill it after so many seconds."
    if (pid := os.fork()) == 0:
        try:
            job()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_killed_writing_leaves_a_whole_file_and_nothing_that_stays(tmp_path):
    path, draws, left = tmp_path/"result.bin", random.Random(5), 0
    versions = [bytes([k])*3_000_000 for k in range(4)]
    write_file(path, versions[0])

    def write_on():
        while True:
            for data in versions:
                write_file(path, data)

    for _ in range(MOMENTS):
        killed(write_on, draws.uniform(.005, .03))
        assert path.read_bytes() in versions
        left += len(strays := [p for p in tmp_path.iterdir() if p != path])
        assert all(is_leftover(p, path.name) for p in strays)
    write_file(path, versions[1])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert left, "no kill fell into a writing: this tested nothing"


def test_what_another_process_is_writing_is_not_swept(tmp_path):
    path = tmp_path/"result.bin"
    parts = [[bytes([k])*2_000_000 for k in ks] for ks in ((1, 2), (3, 4))]
    pids = []
    for mine in parts:
        if (pid := os.fork()) == 0:
            code = 1
            try:
                for _ in range(40):
                    for data in mine:
                        write_file(path, data)
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0, 0]
    assert path.read_bytes() in sum(parts, [])
    assert sweep(path) == [] and len(list(tmp_path.iterdir())) == 1


def test_an_encoder_whose_training_was_killed_ends_as_if_it_never_was(tmp_path):
    import torch
    from carlearn.cli.options import shell
    from carlearn.cli.train import train_app
    from carlearn.core.samples import samples_path
    from safetensors.torch import load_file
    torch.set_num_threads(1)
    (tmp_path/"photos").mkdir()
    for k, name in enumerate(("front", "rear_right")):
        (tmp_path/"photos"/f"{k}.jpg").write_bytes((samples_path()/name/"pre.jpg").read_bytes())

    def train(name):
        arguments = ("encoder", tmp_path/"photos", "--out", tmp_path/f"{name}.safetensors", "--workers", 0,
                     "--arch", "mobilenet_v3_small", "--epochs", 3)
        return shell(train_app, *arguments)

    assert train("whole")[1] == 0
    draws = random.Random(3)
    for _ in range(6):
        killed(lambda: train("killed"), draws.uniform(.2, 1.5))
        (folder := tmp_path/"killed.training").mkdir(exist_ok=True)
        (folder/f".checkpoint.pt.{draws.randrange(10**8):08}.part").touch()
    said, code = train("killed")
    assert code == 0, said
    ours, theirs = (load_file(tmp_path/f"{n}.safetensors") for n in ("killed", "whole"))
    assert all(torch.equal(ours[k], theirs[k]) for k in theirs)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["killed.json", "killed.safetensors", "photos", "whole.json", "whole.safetensors"]
