"""nbs/ → carlearn/: what nbdev-export writes, with the list __all__ folded as narrow as all other lines.

    python tools/export.py"""
import re
import subprocess
import sys
from pathlib import Path
from textwrap import wrap

from settings import ROOT

WIDEST = 110
ALL = re.compile(r"^__all__ = \[.*?\]$", re.M | re.S)


def folded(match):
    "A list of names over as many lines as it needs."
    text = " ".join(match[0].split())
    return "\n".join(wrap(text, WIDEST, subsequent_indent=" "*11, break_long_words=False))


def main():
    subprocess.run([Path(sys.executable).parent/"nbdev-export"], cwd=ROOT, check=True)
    for path in (ROOT/"carlearn").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if (narrow := ALL.sub(folded, text, count=1)) != text:
            path.write_text(narrow, encoding="utf-8")


if __name__ == "__main__":
    main()
