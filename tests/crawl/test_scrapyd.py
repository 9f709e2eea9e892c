"""The egg in a real scrapyd on loopback, where our code can be imported from nowhere but the egg."""

import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from scripts.loopback_web import LoopbackWeb
from tests.crawl.conftest import ROOT, SAMPLE_SOURCES, archived, environment, ledger_rows

CONTRIB = ROOT / "contrib" / "scrapyd"


class Scrapyd:
    """A scrapyd with the contributed configuration, in an environment without our code."""

    def __init__(self, folder: Path, state: Path, proxy: str) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        text = (CONTRIB / "scrapyd.conf").read_text("utf-8")
        text = text.replace("http_port = 6800", f"http_port = {port}")
        (folder / "scrapyd.conf").write_text(text.replace("poll_interval = 5", "poll_interval = 0.2"))
        venv.create(folder / "env", with_pip=False)
        # as PYTHONPATH, a folder's .pth files are not read, so the editable install is not seen
        values = {"PYTHONPATH": sysconfig.get_path("purelib"), "TMPDIR": str(folder)}
        self.log = folder / "scrapyd.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [folder / "env" / "bin" / "python", "-m", "scrapyd"],
                cwd=folder,
                env=environment(state, proxy) | values,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ask(self, method: str, **form: Any) -> dict[str, Any]:
        """The answer of METHOD.json to a form; without one it is only asked."""
        place = f"{self.address}/{method}"
        patience = urllib3.Retry(total=100, read=0, backoff_factor=0.2, backoff_max=0.5)
        method = "POST" if form else "GET"
        answer = urllib3.request(method, place, fields=form or None, retries=patience, timeout=60)
        told: dict[str, Any] = answer.json()
        assert told["status"] == "ok", told
        return told

    def finished(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many runs have ended."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            jobs: list[dict[str, Any]] = self.ask("listjobs.json?project=storytrail")["finished"]
            if len(jobs) >= count:
                return jobs
            time.sleep(0.5)
        raise AssertionError(self.log.read_text())


@pytest.fixture
def scrapyd(tmp_path: Path, sample_web: LoopbackWeb) -> Iterator[Scrapyd]:
    folder = tmp_path / "scrapyd"
    folder.mkdir()
    started = Scrapyd(folder, tmp_path / "state", sample_web.proxy_url)
    yield started
    started.process.send_signal(signal.SIGTERM)
    try:
        started.process.wait(timeout=30)
    finally:
        started.process.kill()


def test_the_egg_crawls_in_scrapyd_and_its_lock_holds(scrapyd: Scrapyd, tmp_path: Path) -> None:
    egg = tmp_path / "storytrail.egg"
    subprocess.run([sys.executable, CONTRIB / "make-egg", egg], check=True)
    of_project = {"project": "storytrail"}
    added = scrapyd.ask("addversion.json", **of_project, version="1", egg=("egg", egg.read_bytes()))
    assert added["spiders"] == 6
    crawl = of_project | {"spider": "feeds", "sources": str(ROOT / SAMPLE_SOURCES), "languages": "de"}
    for _ in range(2):
        scrapyd.ask("schedule.json", **crawl, max_requests="8", setting="JOB_LOCK=True")
    scrapyd.finished(2)
    said = scrapyd.log.read_text()
    assert said.count("exitstatus=75") == 1, said
    assert said.count("Process finished") == 1, said
    rows = [row for row in ledger_rows(tmp_path / "state").values() if row["state"] == "archived"]
    assert len(archived(tmp_path / "state")) == len(rows) == 8
    assert not list(scrapyd.folder.glob("storytrail-egg-*")), "the unpacked egg is left"
