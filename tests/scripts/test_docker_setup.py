"""docker/setup, run for real: against a server over TLS that writes down what it is asked, and with a
stand-in for elasticsearch-certutil, which only Elasticsearch's image has."""

import base64
import http.server
import json
import os
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from archive.elastic.connection import CLUSTER_RIGHTS, WRITE_RIGHTS

SETUP = Path(__file__).resolve().parents[2] / "docker" / "setup"
PASSWORDS = {"ELASTIC_PASSWORD": "elastic1", "KIBANA_PASSWORD": "kibana2", "CRAWLER_PASSWORD": "crawler3"}
CERTUTIL = """#!{python}
import sys, zipfile
import trustme
name = sys.argv[1] if sys.argv[1] == "ca" else "elasticsearch"
if name != "ca" and {fails}:
    sys.exit("certutil: out of luck")
authority = trustme.CA()
made = authority.issue_cert("elasticsearch", "localhost")
with zipfile.ZipFile(sys.argv[sys.argv.index("--out") + 1], "w") as file:
    parts = made.cert_chain_pems[0] if name != "ca" else authority.cert_pem
    file.writestr(f"{{name}}/{{name}}.crt", parts.bytes())
    file.writestr(f"{{name}}/{{name}}.key", made.private_key_pem.bytes())
"""


class Elasticsearch(http.server.ThreadingHTTPServer):
    """Answers every request with the next of `statuses`, then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses: list[int] = []
        self.asked: list[tuple[str, str, str, Any]] = []
        self.authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Elasticsearch

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        login = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        self.server.asked.append((self.path, login, self.headers["Content-Type"], body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def elasticsearch(tmp_path: Path) -> Iterator[Elasticsearch]:
    with Elasticsearch() as server:
        server.authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def users(server: Elasticsearch, folder: Path) -> subprocess.CompletedProcess[str]:
    url = f"https://localhost:{server.server_port}"
    environment = {"ELASTICSEARCH": url, "CA": str(folder), "RETRY_DELAY": "1", **PASSWORDS}
    return run("users", environment)


def run(step: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    base = {"PATH": os.environ["PATH"], "TMPDIR": environment.get("CA", "")}
    program = ["bash", str(SETUP), step]
    return subprocess.run(
        program, env=base | environment, capture_output=True, text=True, timeout=30, check=False
    )


def test_users_sets_kibanas_password_and_makes_the_crawlers_role_and_user(
    elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    elasticsearch.statuses = [503]  # the index of users is not open yet
    done = users(elasticsearch, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {login for _, login, _, _ in elasticsearch.asked} == {"elastic:elastic1"}
    assert {kind for _, _, kind, _ in elasticsearch.asked} == {"application/json"}
    again, *requests = [(path, body) for path, _, _, body in elasticsearch.asked]
    assert requests[0] == again == ("/_security/user/kibana_system/_password", {"password": "kibana2"})
    path, role = requests[1]
    assert path == "/_security/role/storytrail"
    assert [index["names"] for index in role["indices"]] == [["news-*"]]
    assert set(role["indices"][0]["privileges"]) == set(WRITE_RIGHTS)
    assert set(role["cluster"]) == {"monitor", *CLUSTER_RIGHTS}
    assert requests[2:] == [("/_security/user/storytrail", {"password": "crawler3", "roles": ["storytrail"]})]


@pytest.mark.parametrize(
    ("status", "words"), [(401, "another ELASTIC_PASSWORD than .env has"), (400, "answered 400 to _security")]
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    elasticsearch: Elasticsearch, tmp_path: Path, status: int, words: str
) -> None:
    elasticsearch.statuses = [status]
    done = users(elasticsearch, tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert "docker compose" in done.stderr
    assert not any(password in done.stdout + done.stderr for password in PASSWORDS.values())
    assert len(elasticsearch.asked) == 1


def test_a_server_with_another_certificate_gets_no_password(
    elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    done = users(elasticsearch, tmp_path)
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert elasticsearch.asked == []


@pytest.fixture
def image(tmp_path: Path) -> dict[str, str]:
    """What the image has: its tools, and the two volumes."""
    tools, certificates, ca = (tmp_path / name for name in ("tools", "certificates", "ca"))
    for folder in (tools, certificates, ca):
        folder.mkdir()
    certutil(tools, fails=False)
    (tools / "unzip").write_text(f'#!/bin/sh\nexec {sys.executable} -m zipfile -e "$2" .\n')
    (tools / "unzip").chmod(0o755)
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "CERTIFICATES": str(certificates),
        "CA": str(ca),
        "TMPDIR": str(tmp_path),
    }


def certutil(tools: Path, *, fails: bool) -> None:
    (tools / "elasticsearch-certutil").write_text(CERTUTIL.format(python=sys.executable, fails=fails))
    (tools / "elasticsearch-certutil").chmod(0o755)


def files(folder: str) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in Path(folder).iterdir()}


def test_certificates_keeps_private_keys_apart_and_the_authoritys_key_nowhere(
    image: dict[str, str], tmp_path: Path
) -> None:
    done = run("certificates", image)
    assert (done.returncode, done.stdout) == (0, "setup: certificates made\n")
    assert files(image["CA"]) == {"ca.crt": 0o644}
    assert files(image["CERTIFICATES"]) == {
        "ca.crt": 0o640,
        "elasticsearch.crt": 0o640,
        "elasticsearch.key": 0o640,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "certificates", "tools"]


def test_certificates_are_made_once(image: dict[str, str]) -> None:
    run("certificates", image)
    before = (Path(image["CA"]) / "ca.crt").read_bytes()
    again = run("certificates", image)
    assert (again.returncode, again.stdout) == (0, "setup: the certificates are there\n")
    assert (Path(image["CA"]) / "ca.crt").read_bytes() == before


def test_certificates_that_were_half_made_are_made_anew(image: dict[str, str], tmp_path: Path) -> None:
    certutil(tmp_path / "tools", fails=True)
    assert run("certificates", image).returncode != 0
    assert files(image["CA"]) == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "certificates", "tools"]
    certutil(tmp_path / "tools", fails=False)
    assert run("certificates", image).returncode == 0
    assert set(files(image["CA"])) == {"ca.crt"}


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    done = run("", {"CA": str(tmp_path)})
    assert (done.returncode, done.stderr) == (1, "setup: say setup certificates or setup users\n")
