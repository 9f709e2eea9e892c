"""Columns of a Lens chart: what it splits by (terms, times, spans) and what it counts."""

from typing import Any, Literal

Column = dict[str, Any]

RECORDS = "___records___"
"""Lens's name for "the documents themselves"."""


def query(text: str = "") -> dict[str, str]:
    """A KQL query."""
    return {"query": text, "language": "kuery"}


def _column(label: str, field: str, operation: str, data_type: str, only: str = "") -> Column:
    column: Column = {
        "label": label,
        "customLabel": True,
        "dataType": data_type,
        "operationType": operation,
        "sourceField": field,
        "isBucketed": False,
        "scale": "ratio",
        "params": {},
    }
    return column | ({"filter": query(only)} if only else {})


def count(label: str, *, only: str = "") -> Column:
    """The number of documents; `only` (KQL) leaves others out."""
    return _column(label, RECORDS, "count", "number", only)


def distinct(label: str, field: str) -> Column:
    """The number of different values."""
    return _column(label, field, "unique_count", "number")


def number(label: str, field: str, operation: Literal["sum", "average", "median", "max"]) -> Column:
    """A figure of a numeric field."""
    return _column(label, field, operation, "number")


def moment(label: str, field: str, operation: Literal["min", "max"]) -> Column:
    """The first or last time in a date field."""
    return _column(label, field, operation, "date")


def latest(label: str, field: str, by: str) -> Column:
    """The value of a numeric field in the document whose date `by` is the last."""
    column = _column(label, field, "last_value", "number", f"{field}: *")
    column["params"] = {"sortField": by, "showArrayValues": False}
    return column


def over_time(label: str, field: str) -> Column:
    """Splits by a date field; Kibana chooses the interval that fits the time range."""
    column = _column(label, field, "date_histogram", "date")
    params = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
    return column | {"isBucketed": True, "scale": "interval", "params": params}


def by_value(
    label: str,
    field: str,
    *,
    size: int,
    order: str,
    direction: Literal["asc", "desc"] = "desc",
    data_type: Literal["string", "boolean"] = "string",
    others: bool = True,
    missing: bool = False,
) -> Column:
    """Splits by the values of a field, `size` of them in the order of the column `order`.

    `others` puts the rest into one, `missing` those without a value.
    """
    column = _column(label, field, "terms", data_type)
    params = {
        "size": size,
        "orderBy": {"type": "column", "columnId": order},
        "orderDirection": direction,
        "otherBucket": others,
        "missingBucket": missing,
        "parentFormat": {"id": "terms"},
    }
    return column | {"isBucketed": True, "scale": "ordinal", "params": params}


def by_span(label: str, field: str) -> Column:
    """Splits a numeric field into spans of equal width."""
    column = _column(label, field, "range", "number")
    params = {
        "type": "histogram",
        "maxBars": "auto",
        "ranges": [{"from": 0, "to": 1000, "label": ""}],
        "includeEmptyRows": False,
    }
    return column | {"isBucketed": True, "scale": "interval", "params": params}
