import subprocess
import sys
from pathlib import Path

import pytest

from archive import open_archive
from archive.errors import ArchiveError

ROOT = Path(__file__).parents[2]


def test_places(tmp_path: Path) -> None:
    for url, folder in (
        ("embedded:", tmp_path / "archive"),
        (f"embedded:{tmp_path}/x/y", tmp_path / "x" / "y"),
    ):
        archive = open_archive(url, tmp_path)
        assert archive.location == str(folder)
        assert folder.is_dir()
        archive.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "'' names no archive; for a folder write embedded:"),
        ("/data/news", "'/data/news' names no archive; for a folder write embedded:/data/news"),
        ("sqlite:///x", "ARCHIVE_URL begins with 'sqlite', which is not understood"),
        ("https://user:secret@example.org", "ARCHIVE_URL has no base name for its indices"),
        ("postgres://user:secret@db/news", "ARCHIVE_URL begins with 'postgres'"),
    ],
)
def test_other_urls(url: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=message) as caught:
        open_archive(url, tmp_path)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_elasticsearch_that_was_never_reached(tmp_path: Path, free_tcp_port: int) -> None:
    url = f"http://user:secret@127.0.0.1:{free_tcp_port}/news"
    with pytest.raises(ArchiveError, match="it was never reached from this state folder") as caught:
        open_archive(url, tmp_path)
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_not_there_yet(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no archive in .* yet; fill it with scrapy crawl"):
        open_archive("embedded:", tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match="cannot make the archive's folder"):
        open_archive(f"embedded:{tmp_path}/file/x", tmp_path)


def test_importing_the_package_is_light() -> None:
    heavy = "sqlite3 tantivy elasticsearch luqum Stemmer regex tldextract scrapy"
    code = f"import archive, archive.base, sys; print([m for m in {heavy.split()} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
