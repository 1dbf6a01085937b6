"""A kit that kills: run a job in a process of its own, and end it with SIGKILL after some seconds, or right
before its so-manieth change of names on the disk; there, files appear, vanish and get their names."""
import contextlib
import os
import signal
import time
from unittest.mock import patch

CHANGES = ("chmod", "mkdir", "rename", "replace", "rmdir", "unlink")


def begun(job):
    "The number of a forked process that does a job and says nothing."
    if pid := os.fork():
        return pid
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        job()
        code = 0
    finally:
        os._exit(code)


def was_killed(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def killed_after(job, seconds):
    "Kill a job after so many seconds; whether it was still at work."
    pid = begun(job)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return was_killed(pid)


def killed_before_change(job, number):
    "Kill a job right before its so-manieth change of names; whether it made so many."
    def counted():
        with counting(number):
            job()
    return was_killed(begun(counted))


@contextlib.contextmanager
def counting(most=-1):
    "Count changes of names, in a list of one number below; before the one with the number `most` all ends."
    left = [most]

    def counted(plain):
        def change(*given, **named):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*given, **named)
        return change

    with contextlib.ExitStack() as patches:
        for name in CHANGES:
            patches.enter_context(patch.object(os, name, counted(getattr(os, name))))
        yield left
