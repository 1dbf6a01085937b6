"""An alternative text for each figure of the executed notebooks, beside the figure where readers look for it.

    python tools/alt_texts.py                       write what is missing or stale
    python tools/alt_texts.py --check               only name the notebooks that differ
    python tools/alt_texts.py nbs/03_classical.ipynb …

It is the heading above the figure, the question that was asked there, and what the figure says of itself
(carlearn.core.alt_texts, at execution). Site, slides and nbconvert's classic page take it from
`metadata["image/jpeg"]["alt"]`, VS Code takes the output's plain text."""
import argparse
import re
from pathlib import Path

from fastcore.nbio import read_nb, write_nb
from settings import notebooks

HEADING = re.compile(r"^#{1,3} (.*)$", re.M)
QUESTION = re.compile(r"\*\*[^*]*(?:\?|[Pp]redict|[Gg]uess|Look at)[^*]*\*\*[^\n]*")
LINK = re.compile(r"\[([^\]]*)\]\((?!http)[^)]*\)")    # to what does not lie beside a page
ON_PAGES = ("image/png", "image/jpeg")          # a page shows no GIF of an output
PICTURES = (*ON_PAGES, "image/gif")
SAYS_NOTHING = ("<Figure size", "<IPython.core", "Figure. ")      # plain texts that do not tell a figure


def words(text, marks="*`$\\"):
    "A line of Markdown as plain words."
    return "".join(c for c in LINK.sub(r"\1", text) if c not in marks)


def sentence(text):
    "A heading with a full stop, where it has no mark of its own."
    return text if text.endswith(("?", "!", ".")) else f"{text}."


def figures(nb):
    "Each output with a picture: heading, question, output, and the picture's kind."
    heading = question = ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            *above, below = HEADING.split(cell.source)
            heading, question = (above[-1], "") if above else (heading, question)
            question = [question, *QUESTION.findall(below)][-1]
        shown = [(output, kind) for output in cell.get("outputs", []) or []
                 for kind in PICTURES if kind in output.get("data", {})]
        yield from ((heading, question, output, kind) for output, kind in shown)
        question = "" if shown else question      # it is answered


def describe(nb):
    "Put words to each figure of a notebook; whether something had to be changed."
    changed = False
    for heading, question, output, kind in figures(nb):
        plain = "".join(output["data"].get("text/plain", ""))
        told = "" if plain.startswith(SAYS_NOTHING) else plain
        asked = " ".join(filter(None, (f"Figure. {sentence(words(heading))}", words(question))))
        metadata = {kind: {"alt": f"{asked} {told}".strip()}}
        changed = changed or plain != (told or asked) or output["metadata"] != metadata
        output["data"]["text/plain"], output["metadata"] = [told or asked], metadata
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for path in args.notebooks or notebooks():
        nb = read_nb(path)
        if describe(nb):
            print(f"{path}: a figure's words {'differ from its heading' if args.check else 'written'}")
            if not args.check:
                write_nb(nb, path)


if __name__ == "__main__":
    main()
