"""Kibana's saved objects: a data view, a saved search (Discover session), a dashboard."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.kibana.charts import LAYER, SAVED_SEARCH, Panel, lens
from archive.kibana.columns import query

Saved = dict[str, Any]
Row = tuple[int, Sequence[tuple[int, Panel]]]
"""Height of a row, and its panels from left to right with their widths."""

_CORE = "8.8.0"
_VERSIONS = {"index-pattern": "7.11.0", "search": "7.9.3", "dashboard": "8.7.0"}
_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A list of values above the panels, to choose from."""

    title: str
    field: str
    view: str
    single: bool = False


def data_view(
    identity: str,
    name: str,
    index: str,
    time_field: str,
    *,
    descriptions: Mapping[str, str],
    formats: Mapping[str, Saved],
) -> Saved:
    """The documents behind an alias, by one of their date fields.

    `descriptions` are shown beside the fields, `formats` say how values are shown (link, bytes, percent).
    """
    attributes = {
        "title": index,
        "name": name,
        "timeFieldName": time_field,
        "fieldAttrs": _text({field: {"customDescription": text} for field, text in descriptions.items()}),
        "fieldFormatMap": _text(formats),
        "fields": "[]",
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "typeMeta": "{}",
    }
    return _saved("index-pattern", identity, attributes, [])


def saved_search(
    identity: str, title: str, about: str, *, view: str, columns: Sequence[str], newest_by: str
) -> Saved:
    """A list of documents, newest first; Kibana puts the data view's time before the columns."""
    source = {"highlightAll": True, "version": True, "query": query(), "filter": [], "indexRefName": _SOURCE}
    attributes = {
        "title": title,
        "description": about,
        "hits": 0,
        "columns": list(columns),
        "sort": [[newest_by, "desc"]],
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text(source)},
    }
    return _saved("search", identity, attributes, [_view_reference(_SOURCE, view)])


def dashboard(
    identity: str,
    title: str,
    about: str,
    *,
    rows: Sequence[Row],
    controls: Sequence[Control],
    since: str,
) -> Saved:
    """Panels in rows, filtered by the controls; it opens with the time range from `since` to now."""
    panels, references = _placed(rows)
    attributes = {
        "title": title,
        "description": about,
        "panelsJSON": _text(panels),
        "optionsJSON": _text(
            {
                "useMargins": True,
                "syncColors": True,
                "syncCursor": True,
                "syncTooltips": False,
                "hidePanelTitles": False,
            }
        ),
        "controlGroupInput": _control_group(controls),
        "timeRestore": True,
        "timeFrom": since,
        "timeTo": "now",
        "refreshInterval": {"pause": True, "value": 60000},
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": query(), "filter": []})},
    }
    named = [
        _view_reference(f"controlGroup_{_control_id(one)}:optionsListDataView", one.view) for one in controls
    ]
    return _saved("dashboard", identity, attributes, [*references, *named])


def _placed(rows: Sequence[Row]) -> tuple[list[Saved], list[dict[str, str]]]:
    panels: list[Saved] = []
    references: list[dict[str, str]] = []
    top = 0
    for height, row in rows:
        left = 0
        for width, panel in row:
            name = f"p{len(panels) + 1}"
            shown, reference = _panel(name, panel)
            shown["gridData"] = {"x": left, "y": top, "w": width, "h": height, "i": name}
            panels.append(shown)
            references.append({**reference, "name": f"{name}:{reference['name']}"})
            left += width
        top += height
    return panels, references


def _panel(name: str, panel: Panel) -> tuple[Saved, dict[str, str]]:
    """The panel without its place, and its reference."""
    shown: Saved = {"version": "8.7.0", "type": "lens", "panelIndex": name, "title": panel.title}
    if panel.kind == SAVED_SEARCH:
        reference = {"type": "search", "id": panel.shows, "name": f"panel_{name}"}
        config = {"description": panel.about, "enhancements": {}}
        return shown | {
            "type": "search",
            "embeddableConfig": config,
            "panelRefName": reference["name"],
        }, reference
    reference = _view_reference(f"indexpattern-datasource-layer-{LAYER}", panel.shows)
    return shown | {
        "embeddableConfig": {"attributes": lens(panel, [reference]), "enhancements": {}}
    }, reference


def _control_group(controls: Sequence[Control]) -> Saved:
    panels = {
        _control_id(control): {
            "type": "optionsListControl",
            "order": order,
            "grow": True,
            "width": "medium",
            "explicitInput": {
                "id": _control_id(control),
                "fieldName": control.field,
                "title": control.title,
                "singleSelect": control.single,
                "selectedOptions": [],
                "enhancements": {},
            },
        }
        for order, control in enumerate(controls)
    }
    followed = ("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations")
    return {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "ignoreParentSettingsJSON": _text(dict.fromkeys(followed, False)),
        "panelsJSON": _text(panels),
    }


def _control_id(control: Control) -> str:
    return f"control-{control.field}"


def _view_reference(name: str, view: str) -> dict[str, str]:
    return {"type": "index-pattern", "id": view, "name": name}


def _saved(kind: str, identity: str, attributes: Saved, references: Sequence[Mapping[str, str]]) -> Saved:
    return {
        "type": kind,
        "id": identity,
        "attributes": attributes,
        "references": list(references),
        "coreMigrationVersion": _CORE,
        "typeMigrationVersion": _VERSIONS[kind],
        "managed": False,
    }


def _text(value: object) -> str:
    """Kibana keeps these parts as text within the JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
