"""Replies of terminals about their background, and what the environment says about it."""

import pytest

from ucdn_tui.ui.terminal.background import BackgroundReply, background_reply, may_be_asked, seems_light
from ucdn_tui.ui.terminal.input import InputReader


@pytest.mark.parametrize(
    ("color", "is_light"),
    [
        (b"rgb:ffff/ffff/ffff", True),
        (b"rgb:fd/f6/e3", True),
        (b"rgb:F/F/F", True),
        (b"rgba:eeee/eeee/eeee/ffff", True),
        (b"rgb:0000/0000/0000", False),
        (b"rgb:0000/2b2b/3636", False),
        (b"rgb:00ff/00ff/00ff", False),
    ],
)
@pytest.mark.parametrize("end", [b"\x07", b"\x1b\\"], ids=["BEL", "ST"])
def test_reply_says_whether_the_background_is_light(color: bytes, is_light: bool, end: bytes) -> None:
    reply = background_reply(b"\x1b]11;" + color + end)
    assert reply is not None
    assert reply.is_light is is_light


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1b]11;rgb:ffff/ffff/ffff",
        b"\x1b]11;rgb:fffff/ffff/ffff\x07",
        b"\x1b]11;rgb:ffff/ffff\x07",
        b"\x1b]11;rgb:gggg/gggg/gggg\x07",
        b"\x1b]11;?\x07",
        b"\x1b]10;rgb:ffff/ffff/ffff\x07",
        b"\x1b]11;rgb:ffff/ffff/ffff\x07\x07",
    ],
)
def test_anything_else_says_nothing(sequence: bytes) -> None:
    assert background_reply(sequence) is None


def test_reader_passes_the_reply_on_however_it_is_split() -> None:
    reader, sent = InputReader(), b"a\x1b]11;rgb:ffff/ffff/ffff\x1b\\b"
    events = [event for at in range(len(sent)) for event in reader.feed(sent[at : at + 1], 0.0)]
    assert [getattr(event, "character", "reply") for event in events] == ["a", "reply", "b"]
    assert isinstance(events[1], BackgroundReply)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0;15", True), ("0;default;7", True), ("15;0", False), ("7;8", False), ("15;default", False), ("", False)],
)
def test_environment_may_name_a_light_background(value: str, expected: bool) -> None:
    assert seems_light({"COLORFGBG": value}) is expected
    assert not seems_light({})


def test_consoles_that_might_print_the_question_are_not_asked() -> None:
    assert may_be_asked({"TERM": "xterm-256color"})
    assert not may_be_asked({"TERM": "linux"})
