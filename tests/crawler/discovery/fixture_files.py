"""The saved lists of tests/fixtures/discovery, all of our own wording."""

from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "discovery"
NOW = datetime(2022, 9, 8, 12, tzinfo=UTC)


def saved(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def all_saved() -> list[bytes]:
    return [path.read_bytes() for path in sorted(FOLDER.iterdir())]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]
