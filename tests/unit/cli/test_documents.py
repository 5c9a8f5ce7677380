"""Files become scripts; one that fails is named and the others go on."""

from __future__ import annotations

import json
from pathlib import Path

from scoreline.cli.documents import find_file, load_scripts
from scoreline.feeds.formats import find_adapter
from tests.support.feeds import FIXTURES

NBA = FIXTURES / "nba_cdn"


def load(*names: str, format_name: str = "nba-cdn"):
    adapter = find_adapter(format_name)
    assert adapter is not None
    return load_scripts(names, adapter, "demo")


def test_a_file_that_fails_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    good = str(NBA / "overtime.json")
    scripts, problems = load(str(broken), good, str(tmp_path / "missing.json"), str(tmp_path))
    assert [one.source for one in scripts] == [good]
    assert [problem.source for problem in problems] == [
        str(tmp_path / "missing.json"),
        str(tmp_path),
        str(broken),
    ]
    assert "not one JSON document" in problems[-1].message


def test_a_box_score_lends_its_names_in_any_order() -> None:
    for names in (("quarter_in_progress", "box_score"), ("box_score", "quarter_in_progress")):
        [script], problems = load(*(str(NBA / f"{name}.json") for name in names))
        assert not problems
        assert (script.game.home.name, script.game.away.name) == ("Harbour Herons", "Alpine Goats")
        assert [entry.shirt_number for entry in script.game.roster] == [7, 0, 23]
        assert script.events


def test_a_box_score_tells_who_plays_before_anybody_has_scored() -> None:
    [script], problems = load(str(NBA / "nobody_has_scored.json"), str(NBA / "box_score.json"))
    assert not problems
    assert script.source.endswith("nobody_has_scored.json")


def test_a_box_score_alone_can_be_registered() -> None:
    [script], problems = load(str(NBA / "box_score.json"))
    assert not problems
    assert not script.events


def test_one_game_in_two_files_is_refused_the_second_time() -> None:
    scripts, problems = load(str(NBA / "overtime.json"), str(NBA / "quarter_in_progress.json"))
    assert len(scripts) == 1
    assert "once more" in problems[0].message


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(20 << 20)
    scripts, [problem] = load(str(huge))
    assert not scripts
    assert "larger" in problem.message


def test_the_bundled_match_is_found_by_its_name(tmp_path: Path) -> None:
    assert find_file("france-argentina-2018").is_file()
    assert find_file("../france-argentina-2018") == Path("../france-argentina-2018")
    assert find_file("nothing-of-the-kind") == Path("nothing-of-the-kind")


def test_a_list_of_matches_tells_how_those_ended_that_no_point_ended() -> None:
    folder = FIXTURES / "slam_pbp"
    names = [str(folder / f"{name}.csv") for name in ("singles_points", "matches")]
    for given in (names, names[::-1]):
        scripts, problems = load(*given, format_name="slam-pbp")
        assert not problems
        by_id = {script.game_id: script for script in scripts}
        retired = by_id["slam-2031-usopen-2102"]
        assert retired.complete
        assert retired.game.home.name == "Cara Fell"
        assert retired.events[-1].event.HasField("game_conceded")
        assert retired.events[-1].offset_s == retired.events[-2].offset_s
        walkover = by_id["slam-2031-usopen-2104"]
        assert [event.WhichOneof("detail") for _, event in walkover.events] == ["game_conceded"]
        assert not by_id["slam-2031-usopen-5101"].events
        assert by_id["slam-2031-usopen-2101"].events[-1].event.HasField("status_changed")


def test_changes_in_files_of_their_own_go_on_from_the_document_before_them(tmp_path: Path) -> None:
    steps = json.loads((FIXTURES / "mlb_diffpatch" / "a_pitch_added_and_one_taken_away.json").read_bytes())
    names = []
    for number, step in enumerate(steps):
        names.append(str(tmp_path / f"{number}.json"))
        Path(names[-1]).write_text(json.dumps(step))
    [script], problems = load(*names, format_name="mlb-diffpatch")
    assert not problems
    assert script.source == ", ".join(names)
    assert len(script.events) == 14
