import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.names import LONGEST, agency, person_names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ann Lee and Bo Rey, Business Reporter", ["Ann Lee", "Bo Rey"]),
        ("Von Roland Brock und Ida Dresch", ["Roland Brock", "Ida Dresch"]),
        ("Trine Juncher og Tove Reimer", ["Trine Juncher", "Tove Reimer"]),
        ("Автор: Анна Белова", ["Анна Белова"]),
        ("خبرنگار: مریم ساداتی", ["مریم ساداتی"]),
        ("서지우 기자 다른기사 보기", ["서지우"]),
        ("作者：李文博", ["李文博"]),
        ("Grant Tins, PhD", ["Grant Tins"]),
        ("Sousa e Silva", ["Sousa e Silva"]),
        ("Ana María López y Juan Ruiz", ["Ana María López", "Juan Ruiz"]),
        ("Di Marzio", ["Di Marzio"]),
        ("Redazione Cronaca", []),
        ("Staff reporter", []),
        ("江岸晚报", []),
        ("dpa", []),
        ("https://social.example/ann.lee", []),
        ("ann@tagblatt.example", []),
        ("Emma Mack, (Image: Somebody/Library)", ["Emma Mack"]),
        ("The Herald Politics", []),
    ],
)
def test_persons(byline: str, names: list[str]) -> None:
    assert person_names([byline], {"the herald"}) == names


def test_an_outlet_is_no_person() -> None:
    assert person_names(["The Herald", "Ann Lee"], {"the herald"}) == ["Ann Lee"]


@pytest.mark.parametrize(
    ("signature", "name"),
    [("Le Matin et AFP", "AFP"), ("dpa/lno", "dpa"), ("The Associated Press", "The Associated Press"),
     ("Ann", ""),
     ("新华社", "新华社")],
)  # fmt: skip
def test_agencies(signature: str, name: str) -> None:
    assert agency([signature]) == name


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_text_gives_short_names(values: list[str]) -> None:
    assert all(0 < len(name) <= LONGEST for name in person_names(values))
