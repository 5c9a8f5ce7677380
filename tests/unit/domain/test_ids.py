import pytest

from scoreline.domain.ids import game_of_topic, game_topic, is_event_id, is_id


@pytest.mark.parametrize("text", ["g123", "A_b-9", "x", "x" * 64])
def test_letters_digits_underscore_and_dash_make_an_id(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 65,
        "a.b",
        "a*",
        "a>",
        "a b",
        "../etc",
        "a/b",
        "{a}",
        "é",
        "a\n",
        "g1'; DROP TABLE games;--",
        "٣",
    ],
)
def test_whatever_could_change_a_subject_a_key_or_a_path_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_an_event_id_is_printable_ascii_without_spaces() -> None:
    assert is_event_id("2057954:1#a.b/~")
    assert is_event_id("x" * 128)
    for text in ("", "x" * 129, "a b", "a\n", "a\x7f", "é"):
        assert not is_event_id(text)


def test_a_game_and_its_topic_name_each_other() -> None:
    assert game_topic("g1") == "game/g1"
    assert game_of_topic("game/g1") == "g1"


@pytest.mark.parametrize("topic", ["", "game", "game/", "games/g1", "game/g1/plays", "game/a b", "room/g1"])
def test_any_other_topic_names_no_game(topic: str) -> None:
    assert game_of_topic(topic) is None
