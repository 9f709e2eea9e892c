"""The crawl's statistics as one `Run` for the archive's run reports."""

import hashlib
import os
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

from archive.clock import now
from archive.run import Run
from crawler.ledger_records import OUTCOMES

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings
    from scrapy.statscollectors import StatsCollector

LEFT_OUT = ("robots", "wall", "not_article", "gone")
"""Outcomes of pages that are no article for us; `error` is the other way not to get one."""


def run_of(
    stats: "StatsCollector", settings: "BaseSettings", spider_name: str, problem: str, exit_code: int
) -> Run:
    """The record of a crawl that has ended; the same crawl gives the same id each time.

    `problem` and `exit_code` are the report's (`crawler.extensions.report`).
    """
    values = stats.get_stats()
    started = values.get("start_time") or now()
    finished = values.get("finish_time") or now()
    host = socket.gethostname()
    return Run(
        id=_id(settings["BOT_NAME"], spider_name, started.isoformat(), host, os.getpid()),
        spider=spider_name,
        host=host,
        started_at=started,
        finished_at=finished,
        duration_seconds=round((finished - started).total_seconds(), 3),
        finish_reason=str(values.get("finish_reason", "")),
        exit_code=exit_code,
        problem=problem,
        **_announced(values),
        **_outcomes(values),
        **_articles(values),
        **_traffic(values),
    )


def _id(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def _announced(values: dict[str, Any]) -> dict[str, Any]:
    names = ("count", "answered", "failed", "problem")
    asked, answered, failed, problem = (values.get(f"lists/{name}", 0) for name in names)
    return {
        "lists": asked,
        "lists_answered": answered,
        "lists_failed": failed,
        "lists_problem": problem,
        "announced_new": values.get("ledger/announced/new", 0),
        "announced_pending": _announced_as(values, ("pending", "leased")),
        "announced_settled": _announced_as(values, OUTCOMES),
    }


def _announced_as(values: dict[str, Any], states: tuple[str, ...]) -> int:
    return sum(values.get(f"ledger/announced/{state}", 0) for state in states)


def _outcomes(values: dict[str, Any]) -> dict[str, Any]:
    counted = {outcome: values.get(f"ledger/{outcome}", 0) for outcome in OUTCOMES}
    fetched = sum(counted.values())
    failures = kinds(values, ("error",))
    left_out = kinds(values, LEFT_OUT)
    return {
        "fetched": fetched,
        "archived": counted["archived"],
        "duplicates": counted["duplicate"],
        **{outcome: counted[outcome] for outcome in LEFT_OUT},
        "errors": counted["error"],
        "failed_share": round(counted["error"] / fetched, 4) if fetched else 0.0,
        "error_kinds": sorted(failures),
        "left_out_kinds": sorted(left_out),
        "reason_counts": [f"{kind} {count}" for kind, count in _most_first(failures + left_out)],
    }


def kinds(values: dict[str, Any], outcomes: tuple[str, ...]) -> Counter[str]:
    """Reasons with their counts; an outcome without a reason goes by its own name."""
    found: Counter[str] = Counter()
    for outcome in outcomes:
        prefix = f"ledger/{outcome}/"
        named = {
            name.removeprefix(prefix): count for name, count in values.items() if name.startswith(prefix)
        }
        found.update(named)
        unnamed = values.get(f"ledger/{outcome}", 0) - sum(named.values())
        if unnamed > 0:
            found[outcome] += unnamed
    return found


def _most_first(found: Counter[str]) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _articles(values: dict[str, Any]) -> dict[str, Any]:
    same, other, none = (
        values.get(f"stage/related/{kind}", 0) for kind in ("same-language", "other-language", "none")
    )
    return {
        "archived_new": values.get("stage/store/stored", 0),
        "archived_unchanged": values.get("stage/store/unchanged", 0),
        "archived_older": values.get("stage/store/older", 0),
        "spooled": values.get("stage/store/spooled", 0),
        "refused": values.get("stage/store/refused", 0),
        "copies": values.get("stage/duplicates/copy", 0),
        "pending": values.get("ledger/pending", 0),
        "pending_elsewhere": values.get("ledger/leased_elsewhere", 0),
        "compared": same + other + none,
        "related": same + other,
        "related_same_language": same,
        "related_other_language": other,
    }


def _traffic(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "responses": values.get("downloader/response_count", 0),
        "response_bytes": values.get("downloader/response_bytes", 0),
        "retries": values.get("retry/count", 0),
        "logged_errors": values.get("log_count/ERROR", 0) + values.get("log_count/CRITICAL", 0),
        "memory_bytes": values.get("memusage/max", 0),
    }
