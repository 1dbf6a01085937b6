"The command `carlearn`, and python -m carlearn: what happens before anything heavy is imported."
import os
import signal
import sys


def _stop(*_):
    "Ctrl-C while modules are imported: nothing is begun that would have to be tidied up."
    os.write(2, b"carlearn: interrupted.\n")
    os._exit(130)


def main():
    "Import the command line and run it; Ctrl-C before it has begun is one line as well."
    # torch's threads sleep while they wait: on a busy machine, waiting awake takes twice the time of the work
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")   # a terminal that lacks a letter gets a question mark
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)
    from carlearn.cli.main import main
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, before)
    main()


if __name__ == "__main__":
    main()
