"""Two hundred games at once, their events doubled and shuffled: each ends like the one game alone."""

from __future__ import annotations

from tests.support.running import BUNDLED_MATCH, Running


def test_duplicates_shuffles_and_interleaving_change_no_result(running: Running) -> None:
    """Given one match replayed alone,

    when 200 copies of it are interleaved, shuffled within the reorder window and partly sent twice,
    then each copy ends with the same score, status and state, and nothing was rejected.
    """
    [alone] = running.replay("--format", "scoreline", "--speed", "max", "--game-id", "alone", BUNDLED_MATCH)
    copies = running.replay(
        *("--format", "scoreline", "--speed", "max", "--game-id", "many", "--copies", "200"),
        *("--shuffle-window-ms", "300", "--duplicate-share", "0.3", "--seed", "2018"),
        BUNDLED_MATCH,
    )
    assert len(copies) == 200
    result = ("home_score", "away_score", "home_shootout", "away_shootout", "status", "period")
    for copy in copies:
        assert [copy[key] for key in result] == [alone[key] for key in result], copy
        assert copy["rejected"] == 0
        assert copy["stored"] == alone["stored"], "what was sent twice is stored once"
    assert sum(copy["duplicate"] for copy in copies) > 0, "the run did send events twice"
    expected = running.state_of("alone").state
    for copy in (copies[0], copies[99], copies[-1]):
        assert running.state_of(copy["game_id"]).state == expected
