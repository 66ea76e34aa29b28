"""What becomes of a buffer that went on while its language server was away."""

import random

import pytest

from pair_ls.editor.restart_merge import merge_after_reset, merge_after_restart


@pytest.mark.parametrize(
    ("shown", "mine", "room", "merged"),
    [
        ("", "hello world!", "hello world", "hello world!"),  # the last key was not sent
        ("", "hello", "hello world", "hello world"),  # others went on
        ("one\n", "one\ntwo é😀 th\n", "one\ntwo é\n", "one\ntwo é😀 th\n"),
        ("one\ntwo\n", "two\n", "one\ntwo\nthree\n", "two\nthree\n"),  # a deletion that was not sent
        ("one\ntwo\n", "one\ntwo\nmine\n", "one\n", "one\nmine\n"),  # others deleted meanwhile
        ("one\n", "Aone\n", "Bone\n", "ABone\n"),
        ("same\n", "same\n", "same\n", "same\n"),
        ("xx\nxx\n", "xx\nAxx\n", "xx\nBxx\nxx\n", "xx\nABxx\nxx\n"),
        ("one two", "two", "one two!", "two!"),
        ("", "", "", ""),
    ],
)
def test_what_reached_the_room_before_the_server_died_is_there_once(
    shown: str, mine: str, room: str, merged: str
) -> None:
    assert merge_after_restart(shown, mine, room) == merged


@pytest.mark.parametrize("seed", range(200))
def test_no_letter_is_lost_or_doubled(seed: int) -> None:
    dice = random.Random(seed)
    letters = iter(chr(0x4E00 + number) for number in range(2000))

    def edited(text: str, times: int) -> str:
        for _ in range(times):
            at = dice.randint(0, len(text))
            end = min(len(text), at + dice.choice((0, 0, 0, 2)))
            text = text[:at] + "".join(next(letters) for _ in range(dice.randint(0, 3))) + text[end:]
        return text

    shown = edited("".join(dice.choice("xy\n") for _ in range(30)), 5)
    sent = edited(shown, 4)
    mine, room = edited(sent, 2), edited(sent, 2)
    merged = merge_after_restart(shown, mine, room)
    known = set(shown)
    for letter in set(mine + room) - {"x", "y", "\n"}:
        is_deleted = letter in known and not (letter in mine and letter in room)
        assert merged.count(letter) == (0 if is_deleted else 1), letter


@pytest.mark.parametrize(
    ("shown", "mine", "room", "merged"),
    [
        ("é 😀 text\n!", "😀 text\n!", "é 😀 text\n!", "é 😀 text\n!"),  # the replica had lost something
        ("one\n", "one\nmine\n", "one\n", "one\nmine\n"),  # typed, and not sent
        ("one\n", "one\nmine\n", "one\nmine\n", "one\nmine\n"),  # typed, and in the room
        ("one\ntwo\n", "two\nA", "one\ntwo\nB", "one\ntwo\nAB"),
        ("one\ntwo\n", "one\ntwo\n", "two\n", "two\n"),  # others deleted it
        ("same\n", "same\n", "same\n", "same\n"),
    ],
)
def test_what_a_wrong_replica_lacks_is_not_deleted_in_the_room(shown: str, mine: str, room: str, merged: str) -> None:
    assert merge_after_reset(shown, mine, room) == merged


def test_a_reset_doubles_no_letter_that_seems_to_have_moved() -> None:
    assert merge_after_reset("\n\noXo", "\nX\no", "\n\noXo") == "\n\noXo"
    assert merge_after_reset("oooX\no\n", "oo\no\nX", "oX\no\n").count("X") == 1


def test_a_reset_doubles_nothing_that_an_emoji_made_look_moved() -> None:
    shown = "万n丄\u200d👩\u200d👧三上"
    room = "万👨\u200d👩\u200d👧下n丄\u200d👩\u200d👧三上"
    mine = "万👨\u200d👩\u200d👧下n丄\u2028与上"
    merged = merge_after_reset(shown, mine, room)
    assert merged.count("丄") == 1
    assert set(mine) <= set(merged)
