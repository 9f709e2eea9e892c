"""Former revisions: documents of their own beside the current one, kept without a transaction.

A put writes the new document over the one it was made from (`if_seq_no`), with the replaced revision inside
(`previous`): one write, which two crawls cannot both make. Then it creates the replaced one's own document
`ID@NUMBER`, and only then acknowledges. Whoever finds a document with `previous` creates that one first, for
the crawl that wrote it may have been killed; the next write of the document leaves `previous` out. A document
`ID@NUMBER` never changes, so that to create it twice changes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from archive.article import Article
from archive.elastic.documents import article_of, former_id
from archive.elastic.mirror import Passing, align, bulk, documents

ROUNDS = 10
"""Rounds in which the second index must come to hold the same; two do where nobody else writes."""


def keep_formers(
    client: Elasticsearch,
    index: str,
    formers: Sequence[dict[str, Any]],
    refuse: Callable[[Article, str], None],
) -> list[str]:
    """Create these documents, as far as they are not there; their ids. Raises Passing."""
    if not formers:
        return []
    actions = ({"_op_type": "create", "_id": one["id"], "_source": one} for one in formers)
    refused, _ = bulk(client, index, actions)
    for one in formers:
        if one["id"] in refused:
            refuse(article_of(one), refused[one["id"]])
    return [one["id"] for one in formers]


def former_ids(revisions: Iterable[tuple[str, int]]) -> list[str]:
    """The documents of all revisions before these, given by article id and number."""
    return [former_id(one, number) for one, current in revisions for number in range(current)]


def revisions_of(client: Elasticsearch, index: str, article_id: str) -> list[Article]:
    """All revisions of an article, the oldest first; none for an unknown id. Raises Passing."""
    current = documents(client, index, [article_id]).get(article_id)
    if current is None:
        return []
    source = current["_source"]
    ids = former_ids([(article_id, source.get("revision", 0))])
    found = {one: doc["_source"] for one, doc in documents(client, index, ids).items()}
    if previous := source.get("previous"):
        found.setdefault(previous["id"], previous)
    return [article_of(one) for one in (*(found[one] for one in ids if one in found), source)]


def align_all(client: Elasticsearch, first: str, also: str, ids: Sequence[str]) -> None:
    """Bring the second index to hold the same under these ids; raises Passing where others keep writing."""
    for _ in range(ROUNDS):
        found = align(client, first, also, ids)
        if not set(found.differing) - found.refused.keys():
            return
    raise Passing("another process is writing the same article")
