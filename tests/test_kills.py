"Long jobs killed at seeded moments: nothing half-written under its final name, and nothing left in the way."
import os
import random

from carlearn.core.files import is_leftover, sweep, write_file
from killing import killed_after

MOMENTS = 50


def test_a_killed_writing_leaves_a_whole_file_and_nothing_that_stays(tmp_path):
    path, draws, left = tmp_path/"result.bin", random.Random(5), 0
    versions = [bytes([k])*3_000_000 for k in range(4)]
    write_file(path, versions[0])

    def write_on():
        while True:
            for data in versions:
                write_file(path, data)

    for _ in range(MOMENTS):
        killed_after(write_on, draws.uniform(.005, .03))
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
