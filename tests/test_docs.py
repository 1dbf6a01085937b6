"""The documentation: links lead somewhere, the navigation is whole, nothing comes from other hosts.

The whole site takes more than a minute to build, so that is done where slow things are (make test-all), and
by the workflow that publishes it."""
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import docs_hooks
import nbformat
import pytest
from conftest import notebooks, relative

SLOW = "slow" in os.environ.get("FLAGS", "")
SCRIPT = r"<(?:script|iframe)[^>]*src=[\"']?https?:"
STYLE = r"<link[^>]*rel=[\"']?(?:stylesheet|preconnect)[^>]*href=[\"']?https?:"
IMPORTED_STYLE = r"@import\s+(?:url\()?[\"']?https?:"
REMOTE = re.compile(f"{SCRIPT}|{STYLE}|{IMPORTED_STYLE}")
IMPORTED_SCRIPT = re.compile(r"import\([\"']?https?:")


def stems(paths, folder): return {p.relative_to(folder).with_suffix("").as_posix() for p in paths}


@pytest.mark.skipif(not SLOW, reason="slow: make test-all")
def test_site(root, tmp_path):
    site = tmp_path/"site"
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    pages = list(site.rglob("*.html"))
    assert stems(pages, site) >= stems((root/"nbs").rglob("*.ipynb"), root/"nbs")
    assert "pickle" in (site/"security.html").read_text(encoding="utf-8")
    assert "<math" in (site/"09_beyond_one_plane.html").read_text(encoding="utf-8")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not REMOTE.search(text), f"{page.name} loads {REMOTE.search(text)[0]}"
        assert not IMPORTED_SCRIPT.search(text), f"{page.name} imports a script from another host"
        assert "#| export" not in text, f"{page.name} shows a directive"
        assert docs_hooks.UNDESCRIBED not in text, f"{page.name} has a figure without words"


def test_links_between_notebooks_lead_somewhere():
    for path in notebooks():
        for cell in nbformat.read(path, 4).cells:
            text = cell.source if cell.cell_type == "markdown" else ""
            for link in re.findall(r"\]\(([\w./]+\.ipynb)", text):
                assert (path.parent/link).is_file(), f"{relative(path)} links to {link}, which is not there"


def test_navigation_is_the_course_then_the_packages():
    home, course, packages = docs_hooks.navigation()
    lessons = [name for page in course["The course"] for name in page.values()]
    parts = [pages for package in packages["The packages"] for pages in package.values()]
    rooms = [name for pages in parts for page in pages for name in page.values()]
    assert lessons == sorted(lessons) and lessons[0] == "00_start.ipynb"
    assert {*home.values(), *lessons, *rooms} == {relative(p) for p in notebooks()}


def page_of(path):
    "What the hooks ask a page of mkdocs for."
    file = SimpleNamespace(src_uri=path.name, abs_src_path=path)
    return SimpleNamespace(file=file)


def test_figures_have_their_words_on_the_site(tmp_path):
    output = lambda alt: nbformat.v4.new_output(
        "display_data", {"image/jpeg": ""}, metadata={"image/jpeg": {"alt": alt}})
    cell = nbformat.v4.new_code_cell(outputs=[output('which is "new"?'), output("A & B")])
    path = tmp_path/"a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    page = f'<img src="data:" {docs_hooks.UNDESCRIBED}>'*2
    shown = docs_hooks.on_post_page(page, page_of(path), None)
    assert re.findall(r'alt="([^"]*)"', shown) == ["which is &quot;new&quot;?", "A &amp; B"]


def test_pages_load_nothing_and_draw_formulas():
    page = ('<script src="https://elsewhere.org/a.js"></script>'
            '<link rel="stylesheet" href="https://elsewhere.org/a.css">'
            "<p>so $x^2$ it is</p><pre>$x</pre>")
    shown = docs_hooks.on_post_page(page, page_of(Path("security.md")), None)
    assert not REMOTE.search(shown)
    assert "<math" in shown and "<pre>$x</pre>" in shown
