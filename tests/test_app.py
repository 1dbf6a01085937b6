"The page in a real browser: photos dropped, a finding rejected and confirmed, taken away, found again."
import contextlib
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from carlearn.app.history import History
from carlearn.core.samples import samples_path

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update --disable-sync").split()
MISSING = [name for name in ("voila", "playwright") if not importlib.util.find_spec(name)]
WAIT = 240_000   # ms: the machines of a test run may be busy
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"{MISSING} missing: pip install carlearn[dev]"),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no {CHROMIUM}: make browser")]
slow = pytest.mark.skipif("slow" not in os.environ.get("FLAGS", ""), reason="slow: make test-all")
DOOR = samples_path()/"door_close_up"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def running(module, *options, answers):
    "A Python module that serves in a process of its own, until an address answers; killed at the end."
    import psutil
    process = subprocess.Popen([sys.executable, "-m", module, *options], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(answers, timeout=5)
                break
            time.sleep(.3)
        yield
    finally:
        every = psutil.Process(process.pid).children(recursive=True)      # kernels are in groups of their own
        for one in (process, *every):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()
        psutil.wait_procs(every)


TOKEN = "a-token-of-twenty-letters"


@contextlib.contextmanager
def served(data):
    "The address of a page that runs in a process of its own."
    address = f"http://127.0.0.1:{(port := free_port())}"
    options = "app", "--port", str(port), "--data", str(data), "--token", TOKEN
    with running("carlearn", *options, answers=f"{address}/voila/static/voila.js"):
        yield address


@pytest.fixture(scope="module")
def data(tmp_path_factory): return tmp_path_factory.mktemp("app")/"data"


@pytest.fixture(scope="module")
def address(data):
    with served(data) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        yield p.chromium.launch(executable_path=CHROMIUM, args=QUIET)


def opened(browser, address, width=1280):
    "A window with the page."
    page = browser.new_context(viewport=dict(width=width, height=900), accept_downloads=True).new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{address}/?token={TOKEN}", timeout=WAIT)
    page.locator("h1", has_text="Compare a returned car").wait_for()
    return page


def choose(page, side, *files):
    "Give files to one side: 0 pick-up, 1 return."
    with page.expect_file_chooser() as chooser:
        page.locator(".side").nth(side).locator("button.widget-upload").click()
    chooser.value.set_files(files)


def compare(page, plate):
    "Compare the door's two photos."
    choose(page, 0, DOOR/"pre.jpg")
    page.locator(".side").nth(0).locator(".thumbs img").wait_for()
    choose(page, 1, DOOR/"post.jpg")
    page.locator(".side").nth(1).locator(".thumbs img").wait_for()
    page.get_by_label("Licence plate").fill(plate)
    page.get_by_role("button", name="Compare", exact=True).click()


def faults(page):
    "What axe calls serious or critical; skips where axe is not there."
    if not importlib.util.find_spec("axe_core_python"):
        pytest.skip("axe-core-python not installed: pip install -e '.[dev]'")
    import axe_core_python
    page.evaluate((Path(axe_core_python.__file__).parent/"axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


def test_from_a_drop_to_a_decision_that_is_found_again(browser, address, data, tmp_path):
    page = opened(browser, address)
    (bad := tmp_path/"<b>text.jpg").write_text("no photo")
    choose(page, 0, bad)
    page.get_by_text("<b>text.jpg: ").wait_for()                    # in words, and as text
    assert not faults(page)
    compare(page, "B-KA <i>1")
    page.locator(".card").wait_for()
    assert page.locator(".card").count() == 1 and page.locator(".card .tag").inner_text() == "new"
    page.get_by_label("Reject").check()
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Confirm decisions").click()
    page.get_by_text("Kept: 1 by Anna").wait_for()
    assert not faults(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Facts (JSON)").click()
    facts = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [(d["verdict"], d["by"]) for d in facts["decisions"]] == [("rejected", "Anna")]
    page.set_viewport_size(dict(width=390, height=844))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    again = opened(browser, address, width=390)                     # another window, another process
    again.get_by_label("Plate or customer").fill("bka")
    again.get_by_role("button", name="Open").click()
    again.get_by_text("Rejected by Anna").wait_for()
    assert again.get_by_label("Reject").is_checked() and not faults(again)


def test_the_report_has_no_serious_fault(browser, data):
    page = browser.new_page()
    if not (reports := sorted(data.glob("visits/*/report/report.html"))):
        pytest.skip("no report was made: the test above failed")
    page.goto(reports[0].as_uri())
    assert not faults(page)


def test_more_than_a_message_may_hold_is_said_and_nothing_is_sent(browser, address, tmp_path):
    page = opened(browser, address)
    for k in range(11):
        with open(tmp_path/f"{k}.jpg", "wb") as file:
            file.truncate(49_000_000)
    choose(page, 0, *sorted(tmp_path.glob("*.jpg")))
    page.get_by_text("more than 500 MB").wait_for()
    choose(page, 0, DOOR/"pre.jpg")                                  # the page works as before
    page.locator(".side").nth(0).locator(".thumbs img").wait_for()
    assert not page.get_by_text("more than 500 MB").is_visible()


@slow
def test_two_windows_stay_apart_and_one_waits(browser, address):
    pages = [opened(browser, address) for _ in range(2)]
    for k, page in enumerate(pages):
        compare(page, f"TWO {k}")
    for k, page in enumerate(pages):
        page.locator(".card").wait_for()
        assert page.get_by_text(f"TWO {k} · Inspected").count() == 1
        assert page.get_by_text(f"TWO {1 - k} · Inspected").count() == 0


@slow
def test_a_browser_closed_in_the_middle_loses_no_photo(browser, address):
    page = opened(browser, address)
    compare(page, "CLOSED")
    page.locator("progress").wait_for()
    page.context.close()
    page = opened(browser, address)
    page.get_by_label("Plate or customer").fill("closed")
    page.get_by_role("button", name="Go on").or_(page.get_by_role("button", name="Open")).first.click()
    page.locator(".card").wait_for()


def reopened(browser, address, words):
    "A window with the one visit of the history that these words find."
    page = opened(browser, address)
    page.get_by_label("Plate or customer").fill(words)
    page.get_by_role("button", name="Open").click()
    page.locator(".card").wait_for()
    return page


def drafted(data, words, by):
    "The draft of a visit, when the name has reached it; None if it never does."
    for _ in range(100):
        draft = History(data).search(words)[0]["draft"]
        if draft.get("by") == by:
            return draft
        time.sleep(.1)


@slow
def test_killed_while_it_confirms_nothing_is_lost(browser, tmp_path):
    data = tmp_path/"data"
    with served(data) as address:
        page = opened(browser, address)
        compare(page, "KILLED")
        page.locator(".card").wait_for()
    report = next(data.glob("visits/*/report/report.json"))
    for k, wait in enumerate((0, 10, 30, 80, 200, 500)):               # ms between the click and the kill
        by, choice = f"Person {k}", ("Reject", "Accept")[k % 2]
        with served(data) as address:
            page = reopened(browser, address, "killed")
            page.get_by_label(choice).check()
            page.get_by_label("Your name").fill(by)
            page.get_by_label("Your name").press("Tab")
            before = drafted(data, "killed", by)
            own = before["answers"].get("1")               # none where it is what stands already
            assert own is None or own["answer"]["verdict"] == choice.lower() + "ed"
            page.get_by_role("button", name="Confirm decisions").click()
            page.wait_for_timeout(wait)
        facts = json.loads(report.read_text(encoding="utf-8"))
        kept = by in [d["by"] for d in facts["decisions"]]
        assert kept or drafted(data, "killed", by) == before
        with served(data) as address:                              # the page is finished when it is opened
            reopened(browser, address, "killed")
        assert kept == (by in report.with_suffix(".html").read_text(encoding="utf-8"))


def held(group):
    "Memory of a process group, bytes."
    out = subprocess.run(["ps", "-e", "-o", "pgid=,rss="], capture_output=True, text=True, check=True).stdout
    return 1024*sum(int(rss) for pgid, rss in map(str.split, out.splitlines()) if int(pgid) == group)


@slow
def test_a_hundred_photos_later_the_page_holds_no_more(browser, tmp_path):
    photos = [tmp_path/f"{k}.jpg" for k in range(20)]
    for k, path in enumerate(photos):
        path.write_bytes((DOOR/("pre.jpg", "post.jpg")[k % 2]).read_bytes())
    sizes = []
    with served(tmp_path/"data") as address:
        group = int(subprocess.run(["pgrep", "-f", f"port {address.rpartition(':')[2]}"], text=True,
                                   capture_output=True, check=True).stdout.split()[0])
        for _ in range(5):
            page = opened(browser, address)
            choose(page, 0, *photos)
            page.locator(".side").nth(0).locator(".thumbs img").nth(19).wait_for()
            sizes.append(held(group))
            page.context.close()
            time.sleep(3)
    assert sizes[-1] < 1.2*sizes[0], [round(s/1e6) for s in sizes]


@contextlib.contextmanager
def small_disk(folder):
    "A folder on a disk of 60 MB, which only root can make."
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    "Write until the disk is full."
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def rejected(page, by):
    "Reject the first finding."
    page.get_by_label("Reject").check()
    page.get_by_label("Your name").fill(by)
    page.get_by_label("Your name").press("Tab")
    page.get_by_role("button", name="Confirm decisions").click()


@slow
def test_a_full_disk_is_said_and_the_page_goes_on_when_there_is_room(browser, tmp_path):
    with small_disk(tmp_path/"disk") as disk, served(disk/"data") as address:
        page = opened(browser, address)
        compare(page, "FULL")
        page.locator(".card").wait_for()
        report = next(disk.glob("data/visits/*/report/report.json"))
        before, waiting = report.read_bytes(), opened(browser, address)
        fill(disk/"filler")
        rejected(page, "Anna")
        page.get_by_text("No space left").or_(page.get_by_text("disk is full")).first.wait_for()
        assert report.read_bytes() == before
        choose(waiting, 0, DOOR/"pre.jpg")
        waiting.get_by_text("pre.jpg: ").wait_for()
        other = opened(browser, address)                             # a third person comes by
        other.get_by_text("cannot be").first.wait_for()
        (disk/"filler").unlink()
        other.get_by_role("button", name="Try again").click()
        other.get_by_role("button", name="Compare", exact=True).wait_for()
        page.get_by_role("button", name="Confirm decisions").click()
        page.get_by_text("Kept: 1 by Anna").wait_for()
        assert [d["by"] for d in json.loads(report.read_text(encoding="utf-8"))["decisions"]] == ["Anna"]


@slow
def test_a_folder_that_turns_read_only_is_said(browser, tmp_path):
    with small_disk(tmp_path/"disk") as disk, served(disk/"data") as address:
        page = opened(browser, address)
        compare(page, "FIXED")
        page.locator(".card").wait_for()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        rejected(page, "Anna")
        page.get_by_text("readonly").or_(page.get_by_text("Read-only")).first.wait_for()
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        page.get_by_role("button", name="Confirm decisions").click()
        page.get_by_text("Kept: 1 by Anna").wait_for()


@contextlib.contextmanager
def lab(folder):
    "The address of a JupyterLab with a notebook whose one cell shows the page."
    from carlearn.app.server import page_notebook
    page_notebook(folder/"data", folder)
    address = f"http://127.0.0.1:{(port := free_port())}"
    options = ("--allow-root", "--no-browser", f"--port={port}", "--IdentityProvider.token=",
               "--expose-app-in-browser", f"--notebook-dir={folder}")
    with running("jupyterlab", *options, answers=f"{address}/api"):
        yield f"{address}/lab/tree/carlearn.ipynb"


@slow
@pytest.mark.skipif(not importlib.util.find_spec("jupyterlab"), reason="pip install jupyterlab")
def test_the_same_widget_in_jupyterlab(browser, tmp_path):
    from playwright.sync_api import TimeoutError
    with lab(tmp_path) as address:
        page = browser.new_context(viewport=dict(width=1280, height=900)).new_page()
        page.set_default_timeout(WAIT)
        page.add_locator_handler(page.locator(".jp-Dialog"),      # which kernel, if it is asked too early
                                 lambda dialog: dialog.locator(".jp-mod-accept").click())
        page.goto(address, timeout=WAIT)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        for _ in range(20):                                  # the kernel may not be there yet
            page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
            with contextlib.suppress(TimeoutError):
                page.locator(".jp-InputPrompt", has_text=re.compile(r"\[[*1-9]")).wait_for(timeout=15_000)
                break
        page.locator("h1", has_text="Compare a returned car").wait_for()
        compare(page, "LAB")
        page.locator(".card").wait_for()
        rejected(page, "Anna")
        page.get_by_text("Kept: 1 by Anna").wait_for()


@slow
def test_a_token_is_asked_for(tmp_path):
    with served(tmp_path/"data") as address:
        page = urllib.request.urlopen(f"{address}/", timeout=60).read().decode()
        assert "visit_page" not in page and "jupyter-config-data" not in page
