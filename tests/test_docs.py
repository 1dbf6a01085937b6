"The documentation site builds without warnings and loads nothing from other hosts."
import os
import re
import subprocess
import sys

SCRIPT = r"<(?:script|iframe)[^>]*src=[\"']?https?:"
STYLE = r"<link[^>]*rel=[\"']?(?:stylesheet|preconnect)[^>]*href=[\"']?https?:"
IMPORTED_STYLE = r"@import\s+(?:url\()?[\"']?https?:"
REMOTE = re.compile(f"{SCRIPT}|{STYLE}|{IMPORTED_STYLE}")
IMPORTED_SCRIPT = re.compile(r"import\([\"']?https?:")


def stems(paths, folder): return {p.relative_to(folder).with_suffix("").as_posix() for p in paths}


def test_site(root, tmp_path):
    site = tmp_path/"site"
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    pages = list(site.rglob("*.html"))
    assert stems(pages, site) >= stems((root/"nbs").rglob("*.ipynb"), root/"nbs")
    assert "<math" in (site/"08_scenes.html").read_text(encoding="utf-8")
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not REMOTE.search(text), f"{page.name} loads {REMOTE.search(text)[0]}"
        assert not IMPORTED_SCRIPT.search(text), f"{page.name} imports a script from another host"
        assert "#| export" not in text, f"{page.name} shows a directive"
