from archive.telling import TELLING, telling_terms


def test_often_here_and_rare_elsewhere_comes_first() -> None:
    counts = {"the": 20, "missile": 3, "said": 3, "kim": 1}
    frequencies = {"the": 100, "missile": 2, "said": 80, "kim": 2}
    assert telling_terms(counts, frequencies, 100)[:2] == ["missile", "kim"]


def test_unknown_terms_are_left_out() -> None:
    assert telling_terms({"new": 5, "gone": 1}, {"gone": 0}, 10) == []


def test_so_many_at_most() -> None:
    counts = {f"word{number}": 1 for number in range(100)}
    assert len(telling_terms(counts, dict.fromkeys(counts, 1), 10)) == TELLING
