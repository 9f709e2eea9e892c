"""Lens charts by value: a chart is a data view, its columns and how they are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from archive.kibana.columns import Column, query

LAYER = "layer"
"""Every chart has one layer."""

SAVED_SEARCH = "search"
"""Type of a panel that shows the saved search instead of a chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One field of a dashboard."""

    title: str
    about: str
    """What it shows; Kibana has it behind the panel's (i)."""
    shows: str
    """Id of the data view, or of the saved search."""
    kind: str
    """A Lens visualization type, or SAVED_SEARCH."""
    columns: Mapping[str, Column]
    look: Mapping[str, Any]
    """The state of the visualization."""


def figure(title: str, about: str, view: str, column: Column) -> Panel:
    """One number."""
    look = {"layerId": LAYER, "layerType": "data", "metricAccessor": "figure"}
    return Panel(
        title=title, about=about, shows=view, kind="lnsMetric", columns={"figure": column}, look=look
    )


def chart(
    title: str,
    about: str,
    view: str,
    columns: Mapping[str, Column],
    *,
    shape: Literal["bar_stacked", "bar_horizontal", "bar_horizontal_stacked", "line"],
) -> Panel:
    """Bars or lines: the column `x` along the axis, `split` by colour, all others as values."""
    values = [name for name in columns if name not in ("x", "split")]
    layer: dict[str, Any] = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": shape,
        "xAccessor": "x",
        "accessors": values,
    }
    if "split" in columns:
        layer["splitAccessor"] = "split"
    look = {
        "legend": {"isVisible": "split" in columns or len(values) > 1, "position": "right"},
        "valueLabels": "hide",
        "preferredSeriesType": shape,
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "layers": [layer],
    }
    return Panel(title=title, about=about, shows=view, kind="lnsXY", columns=columns, look=look)


def shares(title: str, about: str, view: str, split: Column, value: Column) -> Panel:
    """A ring with the share of each value."""
    layer = {
        "layerId": LAYER,
        "layerType": "data",
        "primaryGroups": ["split"],
        "metrics": ["value"],
        "numberDisplay": "percent",
        "categoryDisplay": "default",
        "legendDisplay": "default",
        "nestedLegend": False,
    }
    columns = {"split": split, "value": value}
    look = {"shape": "donut", "layers": [layer]}
    return Panel(title=title, about=about, shows=view, kind="lnsPie", columns=columns, look=look)


def table(title: str, about: str, view: str, columns: Mapping[str, Column]) -> Panel:
    """A table with the columns in their order."""
    look = {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [{"columnId": name, "isTransposed": False} for name in columns],
        "paging": {"enabled": True, "size": 10},
    }
    return Panel(title=title, about=about, shows=view, kind="lnsDatatable", columns=columns, look=look)


def documents(title: str, about: str, search: str) -> Panel:
    """The documents of a saved search."""
    return Panel(title=title, about=about, shows=search, kind=SAVED_SEARCH, columns={}, look={})


def lens(panel: Panel, references: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The attributes of a Lens chart."""
    layer = {
        "columns": dict(panel.columns),
        "columnOrder": sorted(panel.columns, key=lambda name: _rank(name, panel.columns[name])),
        "incompleteColumns": {},
    }
    return {
        "title": panel.title,
        "description": panel.about,
        "visualizationType": panel.kind,
        "type": "lens",
        "references": list(references),
        "state": {
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}, "textBased": {"layers": {}}},
            "visualization": dict(panel.look),
            "query": query(),
            "filters": [],
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }


def _rank(name: str, column: Column) -> int:
    """Lens nests in the order of the columns: by `split` first, so that the same values are shown all along
    the axis, then by what else splits; figures last."""
    if not column["isBucketed"]:
        return 2
    return 0 if name == "split" else 1
