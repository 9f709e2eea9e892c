"""A plain client of Elasticsearch, and what tests of its process need."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-S", str(ROOT / "scripts" / "elasticsearch")]
"""-S: nothing but the standard library can be imported."""


def ask(url: str, method: str, path: str, body: Any = None, *, timeout: float = 30) -> tuple[int, Any]:
    """One request without a proxy; the status and the JSON that came back."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None
    finally:
        connection.close()


def tokens(url: str, text: str, **parts: Any) -> list[str]:
    status, answer = ask(url, "POST", "/_analyze", {"text": text, **parts})
    assert status == 200, answer
    return [token["token"] for token in answer["tokens"]]


def wait_until(happened: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not (done := happened()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return done


def alive(folder: Path) -> bool:
    """Whether any process has this folder on its command line (stopped ones too, zombies not)."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True
    ).stdout
    return any("storytrail.node.Launcher" in line and str(folder) in line for line in listed.splitlines())
