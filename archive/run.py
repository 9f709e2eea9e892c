"""The report of one crawl as a record: what Kibana's dashboard of crawl health is drawn from.

Each field carries what it means (and its unit, where it has one) in its annotation, so that the index's
mapping and Kibana's data view say the same. Elasticsearch takes 50 characters for either.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crawl, from its start to its end. Numbers count pages unless the field says otherwise."""

    id: Annotated[str, "the run; the same whenever it is reported"]
    spider: Annotated[str, "which crawl: related, feeds, sitemap, site, urls"]
    host: Annotated[str, "name of the machine"] = ""
    started_at: Annotated[datetime, "when it began, UTC"]
    finished_at: Annotated[datetime, "when it ended, UTC"]
    duration_seconds: Annotated[float, "from start to end", "s"] = 0.0
    finish_reason: Annotated[str, "why it ended; finished: nothing was left to do"] = ""
    exit_code: Annotated[int, "0 did its job, 1 did not, 2 wrong arguments"] = 0
    problem: Annotated[str, "why it did not do its job; empty if it did"] = ""

    lists: Annotated[int, "feeds, sitemaps and front pages asked for"] = 0
    lists_answered: Annotated[int, "lists that answered"] = 0
    lists_failed: Annotated[int, "lists that did not answer"] = 0
    lists_problem: Annotated[int, "lists that could not be read in full"] = 0

    announced_new: Annotated[int, "announced for the first time"] = 0
    announced_pending: Annotated[int, "announced, and waiting from earlier runs"] = 0
    announced_settled: Annotated[int, "announced, and settled by earlier runs"] = 0

    fetched: Annotated[int, "pages with an outcome in this run: the sum of them"] = 0
    archived: Annotated[int, "outcome: in the archive, or in the spool"] = 0
    duplicates: Annotated[int, "outcome: second address of a known text"] = 0
    robots: Annotated[int, "outcome: robots.txt forbids it"] = 0
    wall: Annotated[int, "outcome: behind a consent, bot or login wall"] = 0
    not_article: Annotated[int, "outcome: something else than an article"] = 0
    gone: Annotated[int, "outcome: HTTP 404, 410 or 451"] = 0
    errors: Annotated[int, "outcome: failed"] = 0
    failed_share: Annotated[float, "errors divided by fetched, 0 to 1"] = 0.0
    error_kinds: Annotated[list[str], "how pages failed: timeout, http_503 ..."] = field(default_factory=list)
    left_out_kinds: Annotated[list[str], "why pages were left out: index_page, http_404"] = field(
        default_factory=list
    )
    reason_counts: Annotated[list[str], "kinds with their numbers: timeout 3"] = field(default_factory=list)

    archived_new: Annotated[int, "articles new or changed in the archive"] = 0
    archived_unchanged: Annotated[int, "articles that were in the archive as they are"] = 0
    archived_older: Annotated[int, "articles of which a newer fetch was kept"] = 0
    spooled: Annotated[int, "articles on disk while the server was away"] = 0
    refused: Annotated[int, "articles that the archive could not keep"] = 0
    copies: Annotated[int, "articles marked as copy of another outlet's"] = 0
    pending: Annotated[int, "left for the next run, at the end"] = 0
    pending_elsewhere: Annotated[int, "of pending: in the hands of another run"] = 0

    compared: Annotated[int, "articles compared with the seed"] = 0
    related: Annotated[int, "articles related to the seed"] = 0
    related_same_language: Annotated[int, "of related: in the seed's language"] = 0
    related_other_language: Annotated[int, "of related: in other languages"] = 0

    responses: Annotated[int, "answers of servers, lists and retries included"] = 0
    response_bytes: Annotated[int, "size of these answers", "byte"] = 0
    retries: Annotated[int, "requests sent again"] = 0
    logged_errors: Annotated[int, "lines in the log at level ERROR or above"] = 0
    memory_bytes: Annotated[int, "the most memory that the crawl held", "byte"] = 0

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON types: times as ISO 8601 strings in UTC."""
        return {
            name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            for name, value in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Run":
        """The inverse of `to_dict`; missing keys take their default, unknown ones are left out."""
        names = {one.name for one in dataclasses.fields(cls)}
        known = {name: value for name, value in record.items() if name in names}
        times = {name: datetime.fromisoformat(record[name]) for name in ("started_at", "finished_at")}
        return cls(**(known | times))
