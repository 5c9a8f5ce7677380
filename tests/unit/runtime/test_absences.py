from scoreline.runtime.absences import Absences


def test_a_name_is_absent_for_a_while_only() -> None:
    now_s = 100.0
    absences = Absences(2.0, 10, lambda: now_s)
    absences.add("g1")

    assert "g1" in absences
    assert "g2" not in absences
    now_s = 102.0
    assert "g1" not in absences


def test_a_name_that_turned_up_is_not_absent_any_more() -> None:
    absences = Absences(2.0, 10, lambda: 0.0)
    absences.add("g1")
    absences.discard("g1")
    absences.discard("never asked for")

    assert "g1" not in absences


def test_names_asked_for_longest_ago_make_room() -> None:
    absences = Absences(2.0, 2, lambda: 0.0)
    for name in ("g1", "g2", "g1", "g3"):
        absences.add(name)

    assert [name in absences for name in ("g1", "g2", "g3")] == [True, False, True]
