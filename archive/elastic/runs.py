"""Run reports in Elasticsearch: index `BASE-runs-v1` behind the alias `BASE-runs`, one document a crawl.

What the client raises passes through: call these functions within `errors_of(address)`.
"""

import logging
import types
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from archive.elastic.failures import AWAY
from archive.errors import ArchiveAway, ArchiveError
from archive.run import Run

SCHEMA_VERSION = 1
"""Raise it with each new field of `Run`; fields are only ever added, in the same index."""

INDEX_NUMBER = 1
"""The number in the index's name."""

KEYWORD_MAX = 1000
"""Characters of a value that can be searched and counted; a longer one is kept all the same."""

_KEYWORD = {"type": "keyword", "ignore_above": KEYWORD_MAX}
_TYPES: dict[Any, dict[str, Any]] = {
    str: _KEYWORD,
    list[str]: _KEYWORD,
    datetime: {"type": "date"},
    int: {"type": "long"},
    float: {"type": "double"},
}

_log = logging.getLogger(__name__)


def alias(base: str) -> str:
    """The name that run reports are written to and read from."""
    return f"{base}-runs"


def described() -> dict[str, tuple[type | types.GenericAlias, str, str]]:
    """Type, description and unit (or "") of each field of `Run`."""
    found = {}
    for name, hint in get_type_hints(Run, include_extras=True).items():
        if get_origin(hint) is Annotated:
            kind, about, *unit = get_args(hint)
            found[name] = (kind, about, "".join(unit))
    return found


def mappings() -> dict[str, Any]:
    """The mapping, made from the fields of `Run`: strict, each field described in its `meta`."""
    fields = {}
    for name, (kind, about, unit) in described().items():
        meta = {"description": about} | ({"unit": unit} if unit else {})
        fields[name] = _TYPES[kind] | {"meta": meta}
    return {"dynamic": "strict", "_meta": {"schema_version": SCHEMA_VERSION}, "properties": fields}


def ensure_runs(client: Elasticsearch, base: str) -> None:
    """Create index and alias where they are missing; give an older index the fields it lacks.

    Two crawls may do it at once.
    """
    name = alias(base)
    if not client.indices.exists_alias(name=name):
        _create(client, name)
        return
    for index in client.indices.get_mapping(index=name).values():
        if index["mappings"].get("_meta", {}).get("schema_version", 0) < SCHEMA_VERSION:
            client.indices.put_mapping(index=name, **mappings())


def index_runs(client: Elasticsearch, base: str, runs: Sequence[Run]) -> int:
    """Write the reports; the number of those that were not there yet: a second delivery changes nothing.

    A report that the server refuses is left out with a warning in the log, so that it does not hold up the
    others. Raises ArchiveAway where the server has no time or room, and ArchiveError where the alias or a
    right is missing; some may be written already. Call `ensure_runs` before.
    """
    answers = streaming_bulk(client, _actions(base, runs), raise_on_error=False, require_alias=True)
    return sum(_is_new(item["create"], base) for _, item in answers)


def _create(client: Elasticsearch, name: str) -> None:
    try:
        client.indices.create(
            index=f"{name}-v{INDEX_NUMBER}",
            mappings=mappings(),
            settings={"number_of_shards": 1},
            aliases={name: {"is_write_index": True}},
        )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":  # another crawl was quicker
            raise


def _actions(base: str, runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    for run in runs:
        yield {"_op_type": "create", "_index": alias(base), "_id": run.id, "_source": run.to_dict()}


def _is_new(answer: dict[str, Any], base: str) -> bool:
    status = answer["status"]
    if status < 300:
        return True
    if status == 409:  # delivered before
        return False
    reason = answer["error"]["reason"]
    if status in AWAY:
        raise ArchiveAway(f"{alias(base)} cannot take run reports now ({status}): {reason}; try again later")
    if status != 400:
        raise ArchiveError(f"{alias(base)} cannot take run reports ({status}): {reason}")
    _log.warning("%s refuses the report of run %s: %s", alias(base), answer["_id"], reason)
    return False
