"""Rows written straight into a ledger, for tests of what reads it: weeks of history in no time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive.url import ledger_key
from crawler.ledger import Ledger
from crawler.ledger_names import host_ids
from crawler.ledger_records import Work, new_row, text_of
from crawler.ledger_tables import hosts, polls, urls

SETTLING = timedelta(minutes=2)


def page(
    source: str,
    number: int,
    announced_at: datetime,
    *,
    state: str = "archived",
    reason: str = "",
    length: int = 2500,
    date: bool = True,
    author: bool = True,
    image: bool = True,
) -> dict[str, Any]:
    """The row of a URL that was settled two minutes after its announcement."""
    url = f"http://{source}.example/alt/{number}"
    row = new_row(ledger_key(url), 0, Work(url=url, source=source))
    row |= {"announced_at": text_of(announced_at), "state": state, "reason": reason, "due_at": None}
    row["last_check"] = ""
    row |= {"settled_at": text_of(announced_at + SETTLING)}
    found = {"text_length": length, "has_date": date, "has_author": author, "has_image": image}
    return row | {name: int(value) if state == "archived" else None for name, value in found.items()}


def feed(source: str, polled_at: datetime, **values: Any) -> dict[str, Any]:
    """The row of a source's feed that was read then."""
    row = {"job_id": 1, "url": f"http://{source}.example/feed.xml", "source": source, "kind": "feed"}
    row |= {"polled_at": text_of(polled_at), "status": 200, "announced": 20, "new": 0, "problem": ""}
    row |= {"failures": 0, "due_at": text_of(polled_at + timedelta(minutes=10)), "depth": 0}
    return row | values


def write(location: str, pages: Iterable[dict[str, Any]], lists: Iterable[dict[str, Any]] = ()) -> None:
    """Write the rows; makes the ledger if there is none."""
    Ledger(location).close()
    place = sa.make_url(location)
    engine = sa.create_engine(place, poolclass=sa.NullPool)
    with engine.begin() as connection:
        rows = list(pages)
        ids = host_ids(connection, {f"{row['source']}.example" for row in rows})
        for row in rows:
            row["host_id"] = ids[f"{row['source']}.example"]
        if rows:
            connection.execute(urls.insert().returning(urls.c.id), rows)  # many rows a statement
            connection.execute(
                hosts.update().values(next_allowed_at=min(row["announced_at"] for row in rows))
            )
        if found := list(lists):
            connection.execute(polls.insert(), found)
    engine.dispose()
