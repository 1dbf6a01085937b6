"The slides: made of a lesson's questions and figures, each figure with words for those who do not see it."
import re

import nbformat
import slides
from conftest import ROOT


def test_a_lesson_becomes_slides_and_questions_come_before_figures():
    path = ROOT/"nbs"/"03_classical.ipynb"
    nb = nbformat.read(path, 4)
    cells = list(slides.lesson_slides(nb))
    shown = [c.source for c in cells if "<img" in c.source]
    drawn = [c for c in nb.cells if c.cell_type == "code" and slides.pictures(c)]
    assert len(shown) == len(drawn) > 5
    kinds = [c.metadata.slideshow.slide_type for c in cells]
    for before, figure, kind in zip(cells, cells[1:], kinds[1:], strict=False):
        if "<img" in figure.source and kind == "subslide":
            assert slides.QUESTION.search(before.source) and "<img" not in before.source
    assert kinds.count("subslide") > 3 and "fragment" in kinds
    assert cells[0].source.startswith("# Classical alignment") and "- A homography" in cells[-1].source
    assert not re.search(r"\]\((?!http)", "".join(c.source for c in cells)), "a link leads nowhere"


def test_the_page_is_reveal_and_its_figures_have_words():
    number, name, aims, paths = next(w for w in slides.weeks() if w[0] == 2)
    nb = slides.week_notebook(name, aims, paths)
    page = slides.as_page(nb, name, "reveal.js")
    assert "Reveal" in page and '"reveal.js/dist/reveal' in page and "<section" in page
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert alts and min(map(len, alts)) > 5
    assert "No description has been provided" not in page and "write anchors" in page


def test_every_lesson_is_in_one_week():
    found = list(slides.weeks())
    assert [number for number, *_ in found] == list(range(1, 7))
    lessons = sorted(p for *_, paths in found for p in paths)
    assert lessons == sorted((ROOT/"nbs").glob("[0-9][0-9]_*.ipynb"))
    assert all(aims.count("\n- ") > 1 for _, _, aims, _ in found)
