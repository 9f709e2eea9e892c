"""The sample web's manifest: what every announced address is and what a crawl should make of it."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from scripts.sample_outlets import FixedPage, Outlet, Post
from scripts.sample_site import SampleWeb

_EXPECTED = {
    "article": "archived",
    "modified": "archived",
    "redirect": "archived",
    "wrong-language": "archived",
    "paywall": "archived",
    "print": "duplicate",
    "consent": "wall",
    "soft404": "not_article",
    "page": "not_article",
    "tag": "not_article",
    "section": "not_article",
    "front": "not_article",
    "amp": "duplicate",
    "gone": "gone",
    "internal": "robots",
}
"""Kind of page to the outcome that the ledger should give it (crawler/ledger_tables.py names them)."""


def manifest(web: SampleWeb) -> dict[str, Any]:
    """Counts, then one row per announced address, then the other pages that a crawl may come across."""
    named: dict[str, list[str]] = {}
    for where, addresses in web.announced.items():
        for address in addresses:
            named.setdefault(address, []).append(where)
    rows = [row | {"announced_by": sorted(named.get(row["url"], []))} for row in _rows(web)]
    return {
        "counts": _counts(rows),
        "announced": [row for row in rows if row["announced_by"]],
        "others": sorted(_others(web, named), key=lambda row: row["url"]),
    }


def manifest_text(web: SampleWeb) -> str:
    """The manifest as it is kept in seeds/sample-web/manifest.json."""
    return json.dumps(manifest(web), ensure_ascii=False, indent=1) + "\n"


def _rows(web: SampleWeb) -> Iterator[dict[str, Any]]:
    for outlet in web.outlets:
        for post in outlet.posts:
            kind = "modified" if post.modified and post.kind == "article" else post.kind
            yield _post_row(outlet, post, kind, post.href, post.path)
            if post.twin:
                duplicate_of = f"{outlet.host}/{post.slug}"
                yield _post_row(outlet, post, "print", post.twin, post.twin) | {"duplicate_of": duplicate_of}
        for page in outlet.pages:
            yield _page_row(outlet, page)


def _post_row(outlet: Outlet, post: Post, kind: str, path: str, final_path: str) -> dict[str, Any]:
    return {
        "host": outlet.host,
        "slug": post.slug,
        "url": outlet.base + path,
        "final_url": outlet.base + final_path,
        "kind": kind,
        "expected": _EXPECTED[kind],
        "access": "paywall" if kind == "paywall" else "full" if _EXPECTED[kind] == "archived" else "",
        "language": outlet.language,
        "declared_language": "en" if kind == "wrong-language" else outlet.web["lang"],
        "related": post.related,
        "topic": post.topic,
        "headline": post.headline,
        "published": _utc(post.published),
        "modified": _utc(post.modified),
        "copy_of": post.copy_of,
        "translation_of": post.translation_of,
        "duplicate_of": "",
        "credit": post.credit,
        "credit_line": post.credit_line,
    }


def _page_row(outlet: Outlet, page: FixedPage) -> dict[str, Any]:
    return {
        "host": outlet.host,
        "slug": "",
        "url": outlet.base + page.path,
        "final_url": outlet.base + page.path,
        "kind": page.kind,
        "expected": _EXPECTED[page.kind],
        "access": "",
        "language": outlet.language,
        "declared_language": outlet.web["lang"],
        "related": "no",
        "topic": "",
        "headline": page.title,
        "published": None,
        "modified": None,
        "copy_of": "",
        "translation_of": "",
        "duplicate_of": "",
        "credit": "",
        "credit_line": "",
    }


def _others(web: SampleWeb, named: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """Pages that are linked from other pages but that no list names."""
    for outlet in web.outlets:
        yield {"url": f"{outlet.base}/", "kind": "front", "expected": _EXPECTED["front"]}
        for path in outlet.sections.values():
            yield {"url": outlet.base + path, "kind": "section", "expected": _EXPECTED["section"]}
        for page in outlet.pages:
            if outlet.base + page.path not in named:
                yield {"url": outlet.base + page.path, "kind": page.kind, "expected": _EXPECTED[page.kind]}
        for post in outlet.posts:
            twin = f"{outlet.base}/amp{post.path}"
            if twin in web.answers:
                yield {"url": twin, "kind": "amp", "expected": _EXPECTED["amp"]}


def _counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    announced = [row for row in rows if row["announced_by"]]
    articles = [row for row in announced if row["slug"] and row["kind"] != "print"]
    return {
        "outlets": len({row["host"] for row in articles}),
        "languages": sorted({row["language"] for row in articles}),
        "articles": len(articles),
        "related": dict(sorted(Counter(row["related"] for row in articles).items())),
        "copies": sum(bool(row["copy_of"]) for row in articles),
        "translations": sum(bool(row["translation_of"]) for row in articles),
        "announced": len(announced),
        "kinds": dict(sorted(Counter(row["kind"] for row in announced).items())),
        "expected": dict(sorted(Counter(row["expected"] for row in announced).items())),
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
