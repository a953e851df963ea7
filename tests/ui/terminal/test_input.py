"""From bytes to events: as Textual parses them, except for input that would crash it or is no key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.events import Key, Paste
from textual.message import Message

from support.terminals.replies import REPLIES
from ucdn_tui.ui.terminal.background import BackgroundReply
from ucdn_tui.ui.terminal.input import InputReader

MALFORMED = {
    "mouse at a place that looks like UTF-8": b"\x1b[M\x43\xc3\xa9",
    "UTF-8 of a surrogate": b"\xed\xa0\x80",
    "overlong UTF-8": b"\xc0\xaf",
    "a character beyond Unicode": b"\xf4\x90\x80\x80",
    "key number without an end": b"\x1b[" + b"9" * 5000 + b"u",
    "text of a surrogate": b"\x1b[97;1;55296u",
    "text beyond Unicode": b"\x1b[97;1;99999999u",
    "size of nothing, then the mouse": b"\x1b[48;30;100;0;0t\x1b[<35;5;5M",
}

UNDERSTOOD = [
    *ANSI_SEQUENCES_KEYS,
    *(
        "j",
        "é",
        "中",
        "\x1bj",
        "\x1bJ",
        "\x1bé",
        "\x1b中",
        "\x1b",
        "\x1b[",
        "\x1bO",
        "\x1b]",
        "\x1bP",
        "\x1b_",
        "\x1b^",
    ),
    *(
        "\x1b[I",
        "\x1b[O",
        "\x1b[5;7R",
        "\x1b[<35;10;20M",
        "\x1b[<0;10;20m",
        "\x1b[?2026;2$y",
        "\x1b[48;50;200;900;1600t",
    ),
    *("\x1b[27u", "\x1b[106;;106u", "\x1b[97;2;65u", "\x1b[97;1;97:98u", "\x1b[13u", "\x1b[1;5B", "\x1b[57414u"),
]


def read(*pieces: bytes, pause: float = 0.0) -> list[Message]:
    """Return the events of these pieces, that many seconds apart, and of a long silence after them."""
    reader, now, events = InputReader(), 0.0, []
    for piece in pieces:
        events += [*reader.tick(now), *reader.feed(piece, now)]
        now += pause
    return [*events, *reader.tick(now + 10.0)]


def bytewise(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def shown(events: list[Message]) -> list[object]:
    """Return what is compared of events."""
    return [(event.key, event.character) if isinstance(event, Key) else repr(event) for event in events]


def keys(events: list[Message]) -> str:
    """Return the characters that were typed."""
    assert all(isinstance(event, Key) for event in events), events
    return "".join(event.character or "" for event in events if isinstance(event, Key))


def textuals_own(text: str) -> list[Message]:
    parser = XTermParser()
    events = list(parser.feed(text))
    if parser._timeout_time is not None:
        parser._timeout_time = 0.0
    return [*events, *parser.tick()]


@pytest.mark.parametrize("text", UNDERSTOOD, ids=ascii)
def test_input_that_textual_parses_is_unchanged(text: str) -> None:
    own = shown(textuals_own(text))
    assert shown(read(text.encode())) == own
    assert shown(read(*bytewise(text.encode()))) == own


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_reply_is_no_key_however_it_is_split(reply: bytes) -> None:
    def others(*pieces: bytes, pause: float = 0.0) -> list[Message]:
        return [event for event in read(*pieces, pause=pause) if not isinstance(event, BackgroundReply)]

    assert others(reply) == []
    assert others(*bytewise(reply)) == []
    assert others(reply[:5], reply[5:], pause=1.0) == []
    assert keys(others(b"a" + reply + b"b")) == "ab"


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_the_next_key_after_malformed_input_is_read(data: bytes) -> None:
    assert keys(read(data, b"?")[-1:]) == "?"


FRAGMENTS = [
    *(b"\x1b", b"\x1b[", b"\x1b]", b"\x1bP", b"\x1b_G", b"\x1b\\", b"\x07", b"\x1b[200~", b"\x1b[201~", b"\x1b[M"),
    *(b"[", b"<", b"?", b";", b":", b"-", b"$", b"1", b"0", b"3", b"48;", b"55296", b"99999999"),
    *(b"u", b"~", b"A", b"R", b"t", b"y", b"M", b"\x80", b"\xff", b"\xe4", b"\xb8\xad", b"\xf4\x90", b"\r", b"\x03"),
    *(b"\x1b[48;0;0;0;0t", b"\x1b[<35;5;5M"),
]


@given(st.lists(st.tuples(st.sampled_from(FRAGMENTS) | st.binary(max_size=4), st.sampled_from([0.0, 0.2, 5.0]))))
def test_no_bytes_crash_it_and_typed_text_can_be_encoded(pieces: list[tuple[bytes, float]]) -> None:
    reader, now, events = InputReader(), 0.0, []
    for piece, pause in pieces:
        events += reader.feed(piece, now)
        now += pause
        events += reader.tick(now)
    events += [*reader.tick(now + 10.0), *reader.feed(b"?", now + 10.0)]
    keys([event for event in events if isinstance(event, Key)]).encode()
    assert keys(events[-1:]) == "?"


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("\x1b[106;1:1u", "\x1b[106;1u"),
        ("\x1b[106;1:2u", "\x1b[106;1u"),
        ("\x1b[1;1:1B", "\x1b[1;1B"),
        ("\x1b[3;5:1~", "\x1b[3;5~"),
        ("\x1b[1089:1089:99;5u", "\x1b[1089;5u"),
        ("\x1b[97:65;2:1;65u", "\x1b[97;2;65u"),
    ],
    ids=ascii,
)
def test_the_first_form_of_a_key_counts(sent: str, plain: str) -> None:
    assert shown(read(sent.encode())) == shown(textuals_own(plain)) != []


@pytest.mark.parametrize("sent", [b"\x1b[106;1:3u", b"\x1b[1;1:3B", b"\x1b[106;1:3;106u"], ids=ascii)
def test_a_key_release_is_no_key(sent: bytes) -> None:
    assert read(sent) == []


def test_a_paste_is_one_event_whatever_it_contains() -> None:
    pasted = "a\x1b[31mé\x1b]0;x\x07" + "y" * 100
    for cut in (read(f"\x1b[200~{pasted}\x1b[201~".encode()), read(*bytewise(f"\x1b[200~{pasted}\x1b[201~".encode()))):
        (event,) = cut
        assert isinstance(event, Paste)
        assert event.text == pasted


def test_a_paste_without_an_end_times_out() -> None:
    reader = InputReader()
    assert [*reader.feed(b"\x1b[200~ab", 0.0), *reader.tick(1.9), *reader.feed(b"c", 1.9), *reader.tick(3.8)] == []
    (event,) = reader.tick(3.9)
    assert isinstance(event, Paste)
    assert event.text == "abc"
    assert keys(list(reader.feed(b"q", 4.0))) == "q"


def test_several_pastes_in_one_read_are_all_found() -> None:
    assert len(read(b"\x1b[200~x\x1b[201~" * 3000)) == 3000


def test_escape_is_a_key_if_nothing_follows_at_once() -> None:
    reader = InputReader()
    assert [*reader.feed(b"\x1b", 0.0), *reader.tick(0.09)] == []
    assert [event.key for event in reader.tick(0.1) if isinstance(event, Key)] == ["escape"]


@pytest.mark.parametrize("begun", [b"\x1b]11;rgb:", b"\x1bP>|x", b"\x1b_Gi", b"\x1b[?1;2"], ids=ascii)
def test_a_reply_without_an_end_delays_no_control_key(begun: bytes) -> None:
    assert keys(read(begun, b"\x03")) == "\x03"
    assert keys(read(begun, b"q", pause=3.0)) == "q"
