"""Measures `read` against the gold of a folder of saved pages, next to plain trafilatura in the same run.

    python benchmarks/extraction.py DIR [--sets aeb,fundus]   # DIR has pages.jsonl, html/ and score.py
    python benchmarks/extraction.py DIR --hosts [HOST,HOST]   # sites with an extractor: generic against it
    python benchmarks/extraction.py --protocol                # {id, url, path} lines -> predictions

The folder and the scorer are described in the README of the folder. Pages are never copied or kept.
"""

import argparse
import gzip
import importlib.util
import json
import logging
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.article import Article
from archive.errors import StorytrailError
from archive.url import host_of
from crawler.extractors import Extractor, Page, extract, extractor_for, generic

COLUMNS = ("f1", "p", "r", "title", "auth", "date", "lang")
FIELDS = ("title", "authors", "date")

WARM_UP = 20
"""Pages read before the clock starts: they load the models and word lists of either tool."""

Row = dict[str, Any]
"""One line of pages.jsonl."""
Prediction = dict[str, Any]
"""{id, title, text, authors, published, language}, as the folder's scorer reads it."""
Tool = Callable[[str, str | None, bytes, str], Prediction]
"""(id, url, html, encoding) -> prediction."""


def predict(
    identifier: str, url: str | None, html: bytes, encoding: str, *, extractor: Extractor = extract
) -> Prediction:
    """One prediction line; a page that is refused has its reason in `refused` and no text."""
    page = Page(
        url=url if url and url.startswith("http") else f"http://page.invalid/{identifier}",
        body=html,
        headers={"content-type": f"text/html; charset={encoding}"},
        fetched_at=datetime.now(UTC),
    )
    try:
        found = extractor(page)
    except StorytrailError as error:
        return {"id": identifier, "refused": getattr(error, "reason", str(error))}
    article, published = found.article, found.published_here
    return {
        "id": identifier,
        "title": article.headline,
        "text": article.article_body,
        "authors": _signed(article),
        "published": published.isoformat() if published else "",
        "language": article.in_language,
        "access": article.access,
        "extractor": article.extractor,
    }


def _signed(article: Article) -> list[str]:
    """Who signs, as the sets' gold counts: persons and the agency, or the outlet itself.

    `Article.authors` holds persons only.
    """
    agency = [article.credit_text] if article.credit_text else []
    return [*article.authors, *agency] or [article.publisher]


def predict_plain(identifier: str, url: str | None, html: bytes, encoding: str) -> Prediction:
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


def load_scorer(folder: Path) -> Any:
    """The folder's score.py as a module; ends the program where there is none."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    if spec is None or spec.loader is None or not (folder / "score.py").is_file():
        sys.exit(f"{folder}: no score.py; give the folder with pages.jsonl and score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_rows(folder: Path) -> list[Row]:
    """The lines of pages.jsonl."""
    lines = (folder / "pages.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def run(
    folder: Path, rows: Iterable[Row], tool: Tool
) -> tuple[dict[str, Prediction], list[tuple[float, str]]]:
    """The predictions by id, and (seconds of CPU, id) of each page."""
    found: dict[str, Prediction] = {}
    times = []
    for row in rows:
        html = gzip.decompress((folder / row["html"]).read_bytes())
        start = time.process_time()
        found[row["id"]] = tool(row["id"], row["url"], html, row.get("encoding") or "utf-8")
        times.append((time.process_time() - start, row["id"]))
    return found, times


def compare(folder: Path, sets: set[str], *, plain: bool) -> None:
    """Print the score of both per set, speed, memory, and every refused page with its reason."""
    scorer = load_scorer(folder)
    rows = [row for row in load_rows(folder) if not sets or row["set"] in sets]
    speeds = []
    for name, tool in (("storytrail", predict), ("trafilatura", predict_plain))[: 2 if plain else 1]:
        run(folder, rows[:WARM_UP], tool)
        found, times = run(folder, rows, tool)
        speeds.append(_print_speed(name, times))
        print(f"{'set':8s}" + "".join(f"{column:>8s}" for column in ("n", *COLUMNS)))
        for key, result in scorer.score(rows, found, sets or None).items():
            figures = (f"{result[column]:8.4f}" if column in result else f"{'-':>8s}" for column in COLUMNS)
            print(f"{key:8s}{result['n']:8d}" + "".join(figures))
        for refused in (value for value in found.values() if value.get("refused")):
            print(f"refused: {refused['id']}: {refused['refused']}")
    if plain:
        print(f"pages per CPU second, storytrail / trafilatura: {speeds[0] / speeds[1]:.2f}")


def _print_speed(name: str, times: Sequence[tuple[float, str]]) -> float:
    """Print and return pages per CPU second; with the slowest page and the process's peak memory so far."""
    seconds, slowest = sum(time for time, _ in times), max(times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name}: {len(times)} pages, {1000 * seconds / len(times):.1f} ms of CPU a page, "
        f"{len(times) / seconds:.1f} pages per CPU second, slowest {slowest[0]:.2f} s ({slowest[1]}), "
        f"peak memory so far {peak} MiB"
    )
    return len(times) / seconds


def of_sites(rows: Iterable[Row], hosts: AbstractSet[str] = frozenset()) -> dict[str, list[Row]]:
    """The pages that have an extractor of their own, by host without "www."; only of `hosts`, if given."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        url = row["url"] or ""
        host = host_of(url).removeprefix("www.")
        if (not hosts or host in hosts) and extractor_for(url) is not generic.extract:
            found[host].append(row)
    return dict(sorted(found.items()))


def page_score(scorer: Any, row: Row, found: Prediction) -> dict[str, float]:
    """Text F1 and, as 0 or 1, the fields of one page, as far as it has the gold."""
    pages: list[dict[str, Any]] = []
    scorer.score([row], {row["id"]: found}, None, pages)
    page = pages[0]
    score = {name: float(page[name]) for name in FIELDS if name in page}
    if "f1" in page:
        score["text"] = page["f1"]
    elif "tp" in page:
        score["text"] = 2 * page["tp"] / max(1, 2 * page["tp"] + page["fp"] + page["fn"])
    return score


def host_scores(folder: Path, scorer: Any, rows: Sequence[Row]) -> tuple[dict[str, float], ...]:
    """Means over the pages: by the generic extractor, by the site's."""
    means = []
    for extractor in (generic.extract, extract):
        by_name: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            html = gzip.decompress((folder / row["html"]).read_bytes())
            found = predict(row["id"], row["url"], html, row.get("encoding") or "utf-8", extractor=extractor)
            for name, value in page_score(scorer, row, found).items():
                by_name[name].append(value)
            by_name["failed"].append(found.get("extractor", "").endswith("failed)"))
        means.append({name: statistics.mean(values) for name, values in by_name.items()})
    return tuple(means)


def compare_hosts(folder: Path, hosts: set[str]) -> None:
    """Print for each host with an extractor of its own both figures, generic first."""
    scorer = load_scorer(folder)
    columns = ("text", *FIELDS)
    print(f"{'host':22s}{'pages':>6s}" + "".join(f"{name:>16s}" for name in columns) + f"{'failed':>8s}")
    for host, rows in of_sites(load_rows(folder), hosts).items():
        plain, own = host_scores(folder, scorer, rows)
        pairs = (
            f"{plain[name]:8.3f}{own[name]:8.3f}" if name in own and name in plain else f"{'-':>16s}"
            for name in columns
        )
        print(f"{host:22s}{len(rows):6d}" + "".join(pairs) + f"{own['failed'] * len(rows):8.0f}")


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="folder with pages.jsonl, html/ and score.py")
    parser.add_argument("--protocol", action="store_true", help="be the command of the folder's bench.py")
    parser.add_argument("--sets", default="", help="only these sets, separated by commas")
    parser.add_argument("--only", action="store_true", help="leave plain trafilatura out")
    parser.add_argument(
        "--hosts", nargs="?", const="", help="generic against site extractors, of all or these hosts"
    )
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if arguments.protocol:
        protocol()
    elif not (arguments.folder and (arguments.folder / "pages.jsonl").is_file()):
        parser.error("give a folder that has pages.jsonl, or --protocol")
    elif arguments.hosts is not None:
        compare_hosts(arguments.folder, set(filter(None, arguments.hosts.split(","))))
    else:
        compare(arguments.folder, set(filter(None, arguments.sets.split(","))), plain=not arguments.only)


if __name__ == "__main__":
    main()
