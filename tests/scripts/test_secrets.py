"""scripts/secrets, run as a person runs it, beside a docker-compose.yml of its own."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"ELASTIC_PASSWORD", "KIBANA_PASSWORD", "CRAWLER_PASSWORD", "KIBANA_KEY"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "secrets", tmp_path / "scripts")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(project / "scripts" / "secrets"), *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=20, check=False)


def values(project: Path) -> dict[str, str]:
    lines = (project / ".env").read_text(encoding="utf-8").splitlines()
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


def test_it_writes_a_file_of_secrets_that_only_its_owner_can_read(project: Path) -> None:
    done = run(project, "--contact", "https://example.org/crawler")
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600
    written = values(project)
    assert written.pop("CONTACT") == "https://example.org/crawler"
    assert set(written) == SECRETS
    assert len(set(written.values())) == len(SECRETS)
    for value in written.values():
        assert re.fullmatch(r"[A-Za-z0-9]{32,}", value)  # needs no quoting in a URL, in JSON, in .env
        assert value not in done.stdout
    assert "docker compose up" in done.stdout
    assert [path.name for path in project.iterdir() if path.name.startswith(".env")] == [".env"]


def test_each_run_of_a_first_time_makes_other_secrets(project: Path) -> None:
    run(project)
    first = values(project)
    (project / ".env").unlink()
    run(project)
    assert not set(first.values()) & set(values(project).values())


def test_what_is_there_stays(project: Path) -> None:
    run(project, "--contact", "crawl@example.org")
    before = (project / ".env").read_bytes()
    done = run(project)
    assert done.returncode == 0
    assert "is there already" in done.stdout
    assert (project / ".env").read_bytes() == before


def test_a_contact_can_be_given_and_changed_later(project: Path) -> None:
    first = run(project)
    assert "no contact yet" in first.stdout
    before = values(project)
    for contact in ("https://example.org/a#b$c", "mailto:crawl@example.org"):
        done = run(project, "--contact", contact)
        assert "no contact yet" not in done.stdout
        assert values(project) == {**before, "CONTACT": contact}


def test_an_older_file_gets_what_it_lacks(project: Path) -> None:
    (project / ".env").write_text("# mine\nELASTIC_PASSWORD=kept\nCRAWL_PAUSE=60", encoding="utf-8")
    run(project)
    written = values(project)
    assert written.items() >= {"ELASTIC_PASSWORD": "kept", "CRAWL_PAUSE": "60", "# mine": ""}.items()
    assert set(written) >= SECRETS


@pytest.mark.parametrize(
    "contact", ["nobody", "https://", "a b@example.org", "https://x.org/'", "a@b.org\nX=1"]
)
def test_a_contact_that_is_none_is_refused(project: Path, contact: str) -> None:
    done = run(project, "--contact", contact)
    assert done.returncode == 2
    assert "web page or a mail address" in done.stderr
    assert not (project / ".env").exists()


def test_a_file_that_cannot_be_read_is_named(project: Path) -> None:
    (project / ".env").mkdir()
    done = run(project)
    assert done.returncode == 1
    assert done.stderr == f"secrets: {project / '.env'}: Is a directory\n"
