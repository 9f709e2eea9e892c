"""Measures `read` against the gold of a folder of saved pages, next to plain trafilatura in the same run.

    python benchmarks/extraction.py DIR [--sets aeb,fundus]   # DIR has pages.jsonl, html/ and score.py
    python benchmarks/extraction.py --protocol                  # {id, url, path} lines -> predictions

The folder and the scorer are described in the README of the folder. Pages are never copied or kept.
"""

import argparse
import gzip
import importlib.util
import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.errors import StorytrailError
from crawler.extractors import Page, read
from pipelines.text.dates import parse_local
from pipelines.text.language import settled

COLUMNS = ("f1", "p", "r", "title", "auth", "date", "lang")


def predict(identifier: str, url: str | None, html: bytes, encoding: str) -> dict[str, Any]:
    """One prediction line; a page that is refused has its reason in `refused` and no text."""
    page = Page(
        url=url if url and url.startswith("http") else f"http://page.invalid/{identifier}",
        body=html,
        headers={"content-type": f"text/html; charset={encoding}"},
        fetched_at=datetime.now(UTC),
    )
    try:
        article = read(page)
    except StorytrailError as error:
        return {"id": identifier, "refused": getattr(error, "reason", str(error))}
    language = settled(article.in_language, article.declared_language)
    written = parse_local(article.date_published_raw, language=language)  # the day as the page has it
    published = written or article.date_published
    return {
        "id": identifier,
        "title": article.headline,
        "text": article.article_body,
        "authors": article.authors,
        "published": published.isoformat() if published else "",
        "language": article.in_language,
        "access": article.access,
    }


def predict_plain(identifier: str, url: str | None, html: bytes, encoding: str) -> dict[str, Any]:
    """The same by trafilatura alone."""
    text = html.decode(encoding, "replace")
    found: Any = trafilatura.bare_extraction(
        text, url=url or None, with_metadata=True, include_comments=False
    )
    if found is None:
        return {"id": identifier}
    authors = (found.author or "").split("; ")
    return {
        "id": identifier,
        "title": found.title,
        "text": found.text,
        "authors": authors,
        "published": found.date,
    }


def protocol() -> None:
    """Read {id, url, path} lines, write prediction lines."""
    for line in sys.stdin:
        row = json.loads(line)
        start = time.process_time()
        found = predict(row["id"], row["url"], Path(row["path"]).read_bytes(), "utf-8")
        found["ms"] = round(1000 * (time.process_time() - start), 2)
        print(json.dumps(found, ensure_ascii=False), flush=True)


def _scorer(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"{folder}: no score.py; give the folder with pages.jsonl and score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(folder: Path, sets: set[str], *, plain: bool) -> None:
    """Print the score of both per set, seconds of CPU, and every refused page with its reason."""
    scorer = _scorer(folder)
    rows = [row for row in scorer.load(folder / "pages.jsonl") if not sets or row["set"] in sets]
    for name, tool in (("storytrail", predict), ("trafilatura", predict_plain))[: 2 if plain else 1]:
        start = time.process_time()
        found = {}
        for row in rows:
            html = gzip.decompress((folder / row["html"]).read_bytes())
            found[row["id"]] = tool(row["id"], row["url"], html, row.get("encoding") or "utf-8")
        seconds = time.process_time() - start
        print(f"{name}: {len(rows)} pages, {1000 * seconds / len(rows):.1f} ms of CPU a page")
        print(f"{'set':8s}" + "".join(f"{column:>8s}" for column in ("n", *COLUMNS)))
        for key, result in scorer.score(rows, found, sets or None).items():
            figures = (f"{result[column]:8.4f}" if column in result else f"{'-':>8s}" for column in COLUMNS)
            print(f"{key:8s}{result['n']:8d}" + "".join(figures))
        for refused in (value for value in found.values() if value.get("refused")):
            print(f"refused: {refused['id']}: {refused['refused']}")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="folder with pages.jsonl, html/ and score.py")
    parser.add_argument("--protocol", action="store_true", help="be the command of the folder's bench.py")
    parser.add_argument("--sets", default="", help="only these sets, separated by commas")
    parser.add_argument("--only", action="store_true", help="leave plain trafilatura out")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if arguments.protocol:
        protocol()
    elif arguments.folder and (arguments.folder / "pages.jsonl").is_file():
        compare(arguments.folder, set(filter(None, arguments.sets.split(","))), plain=not arguments.only)
    else:
        parser.error("give a folder that has pages.jsonl, or --protocol")


if __name__ == "__main__":
    main()
