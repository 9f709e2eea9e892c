"""Keeping a second index of articles like the first; why nothing is lost meanwhile says migration.py."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

CHUNK_BYTES = 8_000_000
"""Bytes of one bulk request, a single larger article apart; Elastic advises 5 to 15 MB."""

STATE = ("digest", "date_fetched", "relations", "copy_of")
"""Fields in which two versions of an article differ: the digest stands for what the outlet published."""

_PASSING = (401, 403, 404, 429, 500, 502, 503, 504)
"""Statuses of one item that say nothing against the document."""

_CONFLICT = 409


class Passing(Exception):
    """A fault that may be gone at the next try; the text says what it is."""


class Aligned(NamedTuple):
    """What one round of `align` found."""

    ours: dict[str, dict[str, Any]]
    """The first index's documents by id, as read before the round."""
    differing: list[str]
    """Ids that were not the same in both before the round; another round says whether they are now."""
    refused: dict[str, str]
    """Why the second index does not take a document, by id."""


def align(
    client: Elasticsearch,
    first: str,
    also: str,
    ids: Sequence[str],
    *,
    made: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Aligned:
    """Bring these documents of the second index to the first one's state and version, as far as they differ.

    `made` gives the document in the second index's form. Raises Passing where a fault may pass.
    """
    ours, theirs = documents(client, first, ids), documents(client, also, ids, STATE)
    differing = [one for one in ids if _state(ours.get(one)) != _state(theirs.get(one))]
    behind: list[str] = []
    actions: list[dict[str, Any]] = []
    for one in differing:
        here, there = ours.get(one), theirs.get(one)
        if here is None and there is not None:
            actions.append({"_op_type": "delete", "_id": one, **guard(there)})
        elif here and there and there["_version"] >= here["_version"]:
            behind.append(one)
        elif here:
            actions.append({**versioned(one, here["_version"]), "_source": made(here["_source"])})
    refused, conflicts = bulk(client, also, actions)
    # An article deleted a short time ago leaves its version number: that has to be passed, too.
    behind += [one for one in conflicts if one in ours and one not in theirs]
    bulk(client, first, ({"_id": one, **guard(ours[one]), "_source": ours[one]["_source"]} for one in behind))
    return Aligned(ours, differing, refused)


def versioned(article_id: str, version: int) -> dict[str, Any]:
    """A bulk action that passes only over a lower version number."""
    return {"_op_type": "index", "_id": article_id, "version": version, "version_type": "external"}


def guard(doc: Mapping[str, Any]) -> dict[str, int]:
    """Bulk parameters that let only the next write of a document pass."""
    return {"if_seq_no": doc["_seq_no"], "if_primary_term": doc["_primary_term"]}


def documents(
    client: Elasticsearch, index: str, ids: Sequence[str], fields: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """Those of the documents that there are, in real time; Passing where the index cannot tell."""
    if not ids:
        return {}
    answer = client.mget(index=index, ids=list(ids), source_includes=fields)
    for doc in answer["docs"]:
        if "error" in doc:  # this says nothing of whether it is there
            raise Passing(reason(doc["error"]))
    return {doc["_id"]: doc for doc in answer["docs"] if doc["found"]}


def bulk(
    client: Elasticsearch, index: str, actions: Iterable[dict[str, Any]]
) -> tuple[dict[str, str], list[str]]:
    """Send actions in the form of elasticsearch.helpers: why some were refused, and ids of conflicts.

    Raises Passing where a fault may pass; what was sent before it has taken effect.
    """
    refused: dict[str, str] = {}
    conflicts: list[str] = []
    answers = streaming_bulk(client, actions, max_chunk_bytes=CHUNK_BYTES, raise_on_error=False, index=index)
    for _, answer in answers:
        result = next(iter(answer.values()))
        error = result.get("error")
        if not error:  # a document to delete that is not there is no error
            continue
        if result["status"] == _CONFLICT:
            conflicts.append(result["_id"])
        elif result["status"] in _PASSING:
            raise Passing(reason(error))
        else:
            refused[result["_id"]] = reason(error)
    return refused, conflicts


def reason(error: Mapping[str, Any]) -> str:
    """What the server says is wrong, in one line, with the innermost cause."""
    said = f"{error.get('type', 'error')}: {error.get('reason', '')}"
    cause = error.get("caused_by")
    while cause:
        said, cause = f"{said}: {cause.get('reason', '')}", cause.get("caused_by")
    return " ".join(said.split())


def _state(doc: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return state(doc["_version"], doc["_source"]) if doc else ()


def state(version: int, source: Mapping[str, Any]) -> tuple[Any, ...]:
    """What must be the same in both indexes."""
    return (version, *(source.get(name) for name in STATE))


def compared(
    ours: Iterator[tuple[str, tuple[Any, ...]]], theirs: Iterator[tuple[str, tuple[Any, ...]]]
) -> Iterator[tuple[str, bool]]:
    """Each id of two sorted streams, and whether both have it in the same state."""
    here, there = next(ours, None), next(theirs, None)
    while here or there:
        if there is None or (here and here[0] < there[0]):
            assert here
            yield here[0], False
            here = next(ours, None)
        elif here is None or there[0] < here[0]:
            yield there[0], False
            there = next(theirs, None)
        else:
            yield here[0], here[1] == there[1]
            here, there = next(ours, None), next(theirs, None)
