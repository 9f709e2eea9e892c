import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.datelines import closing_agency, dateline, named_source


@pytest.mark.parametrize(
    ("text", "place", "agency"),
    [
        ("SALTERTON, Del. (AP) — A bridge refused to open.", "SALTERTON, Del.", "AP"),
        ("FRANKFURT (dpa-AFX) - Der Markt hat sich gefangen.", "FRANKFURT", "dpa-AFX"),
        ("Kappeln (dpa/lno) - Sand verengt die Rinne.", "Kappeln", "dpa/lno"),
        ("САМАРА, 7 сент — Волгалента. Паромная переправа работает.", "САМАРА", "Волгалента"),
        ("МОСКВА, 7 сентября. /ТАСС/. Переправа работает.", "МОСКВА", "ТАСС"),
        ("(통영=남해통신) 서지우 기자 = 통영 앞바다", "통영", "남해통신"),
        ("〔記者潘俊宏／東岬報導〕東岬鄉的學校", "東岬", ""),
        ("【9月7日 AFP】南太平洋の島国で漁が再開された。", "", "AFP"),
        ("新华社北京5月3日电 港口重新开放。", "北京", "新华社"),
        ("Unterlauben. Die Hebamme ist gestorben.", "Unterlauben", ""),
        ("Two ports on the Black Sea are open again.", "", ""),
        ("Standfirst first.\n\nOSLO – The ferry is late.", "OSLO", ""),
    ],
)
def test_beginnings(text: str, place: str, agency: str) -> None:
    assert dateline(text) == (place, agency)


def test_agencies_elsewhere() -> None:
    assert closing_agency("One.\n\nThe end. (dpa/lno)") == "dpa"
    assert closing_agency("One.\n\nThe end (of it)") == ""
    assert named_source(["Teilen", "Quelle: dpa-AFX"]) == "dpa-AFX"


@given(st.text(max_size=200))
def test_any_text_has_one_or_none(text: str) -> None:
    place, agency = dateline(text)
    assert len(place) <= len(text)
    assert len(agency) <= len(text)
