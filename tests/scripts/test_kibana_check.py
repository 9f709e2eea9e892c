import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from archive.elastic.kibana import pack
from scripts.kibana_check import form

Objects = dict[str, dict[str, Any]]

COVERAGE = "storytrail-news-coverage"


def panels_changed(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Objects], object]:
    def changed(found: Objects) -> None:
        attributes = found[COVERAGE]["attributes"]
        panels = json.loads(attributes["panelsJSON"])
        change(panels)
        attributes["panelsJSON"] = json.dumps(panels)

    return changed


def layer_changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Objects], object]:
    def changed(panels: list[dict[str, Any]]) -> None:
        state = panels[5]["embeddableConfig"]["attributes"]["state"]
        change(state["datasourceStates"]["formBased"]["layers"]["layer"])

    return panels_changed(changed)


FORM_FAULTS: list[tuple[str, Callable[[Objects], object]]] = [
    ("no typeMigrationVersion", lambda o: o[COVERAGE].pop("typeMigrationVersion")),
    ("is there twice", lambda o: o.update(again=copy.deepcopy(o[COVERAGE]))),
    ("no title", lambda o: o[COVERAGE]["attributes"].update(title="")),
    ("no description", lambda o: o[COVERAGE]["attributes"].update(description="")),
    ("which is not there", lambda o: o.pop("storytrail-news-articles")),
    ("is not in the references", lambda o: o["storytrail-news-search"].update(references=[])),
    ("two references of one name", lambda o: o[COVERAGE]["references"].append(o[COVERAGE]["references"][0])),
    ("no reference p1:", lambda o: o[COVERAGE]["references"].pop(0)),
    ("control without a data view", lambda o: o[COVERAGE]["references"].pop()),
    ("is not used", panels_changed(lambda panels: panels.pop())),
    ("beyond the 48 columns", panels_changed(lambda panels: panels[0]["gridData"].update(x=40))),
    ("lies on another", panels_changed(lambda panels: panels[1]["gridData"].update(x=1))),
    ("cells of the grid are empty", panels_changed(lambda panels: panels[0]["gridData"].update(w=9))),
    ("placed as p9", panels_changed(lambda panels: panels[0]["gridData"].update(i="p9"))),
    ("is there twice", panels_changed(lambda panels: panels.append(panels[0]))),
    ("which is no column", layer_changed(lambda layer: layer["columns"].pop("split"))),
    (
        "column more is not drawn",
        layer_changed(lambda layer: layer["columns"].update(more=layer["columns"]["x"])),
    ),
    ("columnOrder", layer_changed(lambda layer: layer["columnOrder"].pop())),
    ("after one that counts", layer_changed(lambda layer: layer["columnOrder"].reverse())),
    (
        "ordered by nothing",
        layer_changed(
            lambda layer: layer["columns"]["split"]["params"]["orderBy"].update(columnId="nothing")
        ),
    ),
]


@pytest.mark.parametrize(("told", "spoil"), FORM_FAULTS, ids=[told for told, _ in FORM_FAULTS])
def test_a_planted_fault_of_form_is_found(told: str, spoil: Callable[[Objects], object]) -> None:
    found: Objects = {one["id"]: one for one in map(json.loads, pack().splitlines())}
    spoil(found)
    problems = form("".join(json.dumps(one) + "\n" for one in found.values()))
    assert any(told in problem for problem in problems), problems
