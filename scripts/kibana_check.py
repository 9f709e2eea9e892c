"""Checks saved objects without a Kibana: form, references, grid, Lens states; on a server their fields."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KEYS = {
    "type",
    "id",
    "attributes",
    "references",
    "coreMigrationVersion",
    "typeMigrationVersion",
    "managed",
}
GRID = 48
RECORDS = "___records___"
NUMBERS = {"long", "integer", "short", "byte", "double", "float", "half_float"}
NEEDS = {
    "count": "any",
    "unique_count": "counted",
    "terms": "counted",
    "date_histogram": "date",
    "range": "number",
    "sum": "number",
    "average": "number",
    "median": "number",
    "last_value": "number",
}
"""What a Lens operation wants of its field; min and max go by the column's data type."""

Saved = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """A field that a saved object uses."""

    index: str
    """Name of the index or alias."""
    field: str
    need: str
    """any, shown, counted (can be aggregated), number or date."""
    place: str


def form(text: str) -> list[str]:
    """What Kibana could not import or would show wrongly, one line a problem."""
    problems: list[str] = []
    objects: dict[tuple[str, str], Saved] = {}
    for number, line in enumerate(text.splitlines(), 1):
        one = json.loads(line)
        if missing := KEYS - one.keys():
            problems.append(f"line {number}: no {', '.join(sorted(missing))}")
            continue
        key = one["type"], one["id"]
        if key in objects:
            problems.append(f"line {number}: {' '.join(key)} is there twice")
        objects[key] = one
    for one in objects.values():
        problems += [f"{one['id']}: {problem}" for problem in _of_object(one, objects)]
    return problems


def _of_object(one: Saved, objects: Mapping[tuple[str, str], Saved]) -> Iterator[str]:
    if not one["attributes"].get("title"):
        yield "no title"
    names = [reference["name"] for reference in one["references"]]
    if len(set(names)) < len(names):
        yield "two references of one name"
    for reference in one["references"]:
        if (reference["type"], reference["id"]) not in objects:
            yield f"refers to {reference['type']} {reference['id']}, which is not there"
    index = _source(one).get("indexRefName")
    if index and index not in names:
        yield f"{index} is not in the references"
    if one["type"] == "dashboard":
        yield from _of_dashboard(one, set(names))


def _of_dashboard(one: Saved, names: set[str]) -> Iterator[str]:
    if not one["attributes"]["description"]:
        yield "no description"
    cells: set[tuple[int, int]] = set()
    used: set[str] = set()
    seen: set[str] = set()
    for panel in _panels(one):
        name, grid = panel["panelIndex"], panel["gridData"]
        if name in seen or grid["i"] != name:
            yield f"panel {name} is there twice or placed as {grid['i']}"
        seen.add(name)
        box = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        if grid["x"] < 0 or grid["x"] + grid["w"] > GRID:
            yield f"panel {name} is beyond the {GRID} columns"
        if box & cells:
            yield f"panel {name} lies on another"
        cells |= box
        wanted = _references_of(panel)
        yield from (f"panel {name}: no reference {missing}" for missing in sorted(wanted - names))
        used |= wanted
        if panel["type"] == "lens":
            yield from (f"panel {name}: {problem}" for problem in _of_lens(panel))
    depth = max((y for _, y in cells), default=-1) + 1
    if len(cells) != GRID * depth:
        yield f"{GRID * depth - len(cells)} cells of the grid are empty"
    controls = {f"controlGroup_{name}:optionsListDataView" for name in _controls(one)}
    yield from (f"control without a data view: {missing}" for missing in sorted(controls - names))
    yield from (f"reference {unused} is not used" for unused in sorted(names - used - controls))


def _references_of(panel: Saved) -> set[str]:
    name = panel["panelIndex"]
    if panel["type"] == "lens":
        return {f"{name}:indexpattern-datasource-layer-{layer}" for layer in _layers(panel)}
    return {f"{name}:{panel['panelRefName']}"}


def _of_lens(panel: Saved) -> Iterator[str]:
    attributes = panel["embeddableConfig"]["attributes"]
    if not (attributes["title"] and attributes["description"] and panel["title"]):
        yield "no title or description"
    inner = {reference["name"] for reference in attributes["references"]}
    layers = _layers(panel)
    for name, layer in layers.items():
        columns = layer["columns"]
        if f"indexpattern-datasource-layer-{name}" not in inner:
            yield f"layer {name} has no data view"
        if sorted(layer["columnOrder"]) != sorted(columns):
            yield f"columnOrder {layer['columnOrder']} is not the columns {list(columns)}"
        split = [columns[column]["isBucketed"] for column in layer["columnOrder"] if column in columns]
        if split != sorted(split, reverse=True):
            yield "a column that splits stands after one that counts"
        for column in columns.values():
            order = column["params"].get("orderBy", {}).get("columnId")
            if order and (order not in columns or columns[order]["isBucketed"]):
                yield f"ordered by {order}, which is no figure of the layer"
        drawn = set(_accessors(attributes["state"]["visualization"]))
        yield from (f"draws {column}, which is no column" for column in sorted(drawn - columns.keys()))
        yield from (f"column {column} is not drawn" for column in sorted(columns.keys() - drawn))


def _accessors(look: Saved) -> Iterator[str]:
    for part in (look, *look.get("layers", [])):
        for name in ("metricAccessor", "xAccessor", "splitAccessor"):
            if name in part:
                yield part[name]
        for name in ("accessors", "primaryGroups", "metrics"):
            yield from part.get(name, [])
        yield from (column["columnId"] for column in part.get("columns", []))


def uses(text: str) -> list[Use]:
    """Every field that the objects use, with what they want of it."""
    objects = [json.loads(line) for line in text.splitlines()]
    views = {one["id"]: one["attributes"] for one in objects if one["type"] == "index-pattern"}
    return [use for one in objects for use in _uses(one, views)]


def _uses(one: Saved, views: Mapping[str, Saved]) -> Iterator[Use]:
    kind, identity, attributes = one["type"], one["id"], one["attributes"]
    if kind == "index-pattern":
        index = attributes["title"]
        yield Use(index, attributes["timeFieldName"], "date", identity)
        named = {**json.loads(attributes["fieldAttrs"]), **json.loads(attributes["fieldFormatMap"])}
        yield from (Use(index, field, "any", identity) for field in named)
        return
    view_of = {reference["name"]: reference["id"] for reference in one["references"]}
    if kind == "search":
        index = views[view_of[_source(one)["indexRefName"]]]["title"]
        yield from (Use(index, field, "shown", identity) for field in attributes["columns"])
        yield from (Use(index, field, "counted", identity) for field, _ in attributes["sort"])
    if kind == "dashboard":
        for name, control in _controls(one).items():
            index = views[view_of[f"controlGroup_{name}:optionsListDataView"]]["title"]
            yield Use(index, control["explicitInput"]["fieldName"], "counted", f"{identity} {name}")
        for panel in _panels(one):
            for name, layer in _layers(panel).items():
                reference = f"{panel['panelIndex']}:indexpattern-datasource-layer-{name}"
                view = views[view_of[reference]]
                yield from _uses_of_layer(layer, view["title"], f"{identity} {panel['panelIndex']}")


def _uses_of_layer(layer: Saved, index: str, place: str) -> Iterator[Use]:
    for column in layer["columns"].values():
        field, operation = column["sourceField"], column["operationType"]
        if field != RECORDS:
            need = NEEDS.get(operation, "date" if column["dataType"] == "date" else "number")
            yield Use(index, field, need, place)
        for name in re.findall(r"([\w.]+)\s*(?::|[<>])", column.get("filter", {}).get("query", "")):
            yield Use(index, name, "any", place)
        if "sortField" in column["params"]:
            yield Use(index, column["params"]["sortField"], "date", place)


def missing_fields(client: Any, text: str) -> list[str]:
    """Fields that the indexes lack or have with a type that does not serve."""
    problems = []
    found: dict[str, Any] = {}
    for use in uses(text):
        if use.index not in found:
            found[use.index] = client.field_caps(index=use.index, fields="*")["fields"]
        types = found[use.index].get(use.field)
        if types is None:
            problems.append(f"{use.place}: {use.index} has no field {use.field}")
        elif not all(_serves(use.need, name, caps) for name, caps in types.items()):
            problems.append(f"{use.place}: {use.field} is {', '.join(types)}, wanted: {use.need}")
    return problems


def _serves(need: str, type_name: str, caps: Saved) -> bool:
    return {
        "any": True,
        "shown": type_name not in ("object", "nested"),
        "counted": bool(caps["aggregatable"]),
        "number": type_name in NUMBERS,
        "date": type_name in ("date", "date_nanos"),
    }[need]


def _source(one: Saved) -> Saved:
    source: Saved = json.loads(
        one["attributes"].get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}")
    )
    return source


def _panels(one: Saved) -> list[Saved]:
    panels: list[Saved] = json.loads(one["attributes"]["panelsJSON"])
    return panels


def _controls(one: Saved) -> dict[str, Saved]:
    controls: dict[str, Saved] = json.loads(one["attributes"]["controlGroupInput"]["panelsJSON"])
    return controls


def _layers(panel: Saved) -> dict[str, Saved]:
    attributes = panel["embeddableConfig"].get("attributes")
    if not attributes:
        return {}
    layers: dict[str, Saved] = attributes["state"]["datasourceStates"]["formBased"]["layers"]
    return layers
