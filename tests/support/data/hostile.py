"""Hostile data: texts that act on terminals, answers with wrong fields, and a server that sends them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from hypothesis import strategies as st

from support.program import serving

TEXTS: dict[str, str] = {
    "colours": "\x1b[31;1mpwn\x1b[0m",
    "clearing": "\x1b[2J\x1b[1;1Hpwn\x1b[?1049l\x1b[!p\x1bc",
    "title": "\x1b]0;pwn\x07\x1b]2;pwn\x1b\\",
    "clipboard": "\x1b]52;c;cHdu\x07",
    "link": "\x1b]8;;http://evil.test/pwn\x1b\\pwn\x1b]8;;\x1b\\",
    "notification": "\x1b]777;notify;pwn;pwn\x07\x1b]9;4;1;50\x07",
    "queries": "\x1b[c\x1b[6n\x1b]10;?\x07\x1b[?2026$p\x1b[>q\x05",
    "device control": "\x1bP$q\x22ppwn\x1b\\\x1bXpwn\x1b\\\x1b^pwn\x1b\\\x1b_Gpwn\x1b\\",
    "one byte controls": "\x9b31mpwn\x9d0;pwn\x9c\x90pwn\x9c\x84\x85\x8d",
    "charsets": "\x0e\x0f\x1b(0\x1b)0\x1bN\x1b%Gpwn",
    "line ends": "pwn\r\npwn\npwn\rpwn\x0b\x0c\x85\u2028\u2029pwn",
    "other controls": "\x00\x01\x07\x08\x09pwn\x1a\x1c\x1d\x1e\x1f\x7f\x80\x9f",
    "markup": "[/b][red]pwn[/][link=http://evil.test/]x[/link][@click=app.quit]q[/]\\[",
    "direction": "\u202epwn\u202d\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u200e\u200f\u061c",
    "right to left": "ספר/كتاب/فيلم.jpg",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh\u2063i",
    "wide": "例子漢字ｆｕｌｌ한글かな",
    "marks": "e" + "\u0301" * 40 + "\u0489\u20dd" + "a\u0300\u0316\u0321",
    "flags and families": "👩\u200d👩\u200d👧\u200d👦❤\ufe0f1\ufe0f\u20e3☎\ufe0e",
    "tags": "x\U000e0001\U000e0041\U000e0042\U000e007fy\U000e0000",
    "variation selectors": "☎\ufe0f\ufe0e\ufe00",
    "unassigned": "\ue000\U0010ffff\uffff\ufdd0\U0001fffe",
    "lone surrogates": "a\ud800b\udc80c\udfff",
    "spaces": "\u00a0\u3000\u2003\u202f pwn \u1680",
    "percent": "%1b%5b31m%0a%9b%",
    "formula": "=cmd|'/c pwn'!A1",
    "path": "../../etc/pwn\x00",
}
"""Texts by what they try to do. `pwn` must never become part of an escape sequence."""

URLS = [
    "http://h/[/nope]",
    "http://h/\x1b[2J\x1b]0;owned\x07",
    "http://h/" + "a" * 9_000,
    "https://cdn.example.com/活动/双十一/主会场.html",
    "http://h/two\nlines\r\n\tand\ta tab",
    "http://h/\u202egnp.exe\u2066",
    "http://h/\ud800lone",
    "http://h/e" + "\u0301" * 50,
    "http://h/zero\u200bwidth\u200d\ufe0f",
    "",
]
"""What the API may give as a URL."""

FLOODS: dict[str, str] = {
    "letters": "x",
    "wide": "字",
    "marks": "\u0301",
    "enclosing marks": "\u20dd",
    "joiners": "\u200d",
    "overrides": "\u202e",
    "escapes": "\x1b[2J",
    "newlines": "\n",
    "nul": "\x00",
    "families": "👩\u200d👧",
    "lone surrogates": "\ud83d",
    "spacing marks": "\u0903",
    "vowels of Hangul": "\u1161",
    "tags": "\U000e0041",
    "brackets": "[",
}
"""Characters that may come repeated 10**5 times."""

LONG = 10**5

NOW = 1_760_000_000
"""The server's time: 2025-10-09 08:53:20 in UTC."""

STATUSES = ("success", "wait", "process", "failure", "unknow")

_ANY_TEXT = st.lists(
    st.sampled_from(sorted(TEXTS.values())) | st.text(st.characters(exclude_categories=()), max_size=6), max_size=4
).map("".join)
"""Includes lone surrogates."""

HOSTILE_TEXT = _ANY_TEXT | st.tuples(st.sampled_from(sorted(FLOODS.values())), st.sampled_from([30, 300, 3000])).map(
    lambda flood: flood[0] * flood[1]
)

_TIME = (
    st.integers(NOW - 4000, NOW + 100)
    | st.sampled_from([0, 1, -1, 2**31, 2**32, 2**53, -(2**53), 2**53 + 1, 2**63, 10**30, 253_402_300_800])
    | st.sampled_from([float("nan"), float("inf"), -float("inf"), 1e300, -0.0, 1.5])
)
_PERCENT = st.integers(-5, 200) | st.sampled_from([2**53, -(2**53), 10**400, float("nan"), 99.9, "50", "5e1", "٥"])

_JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.integers().map(str) | HOSTILE_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


_MISSING = object()


def _mostly(usual: st.SearchStrategy[Any], *rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw from these strategies, seven times in eight from the usual one."""
    several = st.sampled_from(rare) if len(rare) > 1 else st.just(rare[0])
    return st.integers(0, 7).flatmap(lambda die: several.flatmap(lambda other: other) if die == 7 else usual)


def _record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with these fields, any of which may be missing, null, or of a wrong type."""
    mutated = {name: _mostly(value, st.just(_MISSING), st.none(), _JUNK) for name, value in fields.items()}
    return st.fixed_dictionaries(mutated).map(
        lambda record: {name: value for name, value in record.items() if value is not _MISSING}
    )


_WEB_ADDRESS = HOSTILE_TEXT.map("https://h.test/".__add__)
_STATUS = _mostly(st.sampled_from(STATUSES), HOSTILE_TEXT)
_URL = _record(Url=_WEB_ADDRESS | HOSTILE_TEXT, CreateTime=_TIME, FinishTime=_TIME, Status=_STATUS, Progress=_PERCENT)
_URLS = _mostly(
    st.lists(_mostly(_URL, _JUNK), max_size=4),
    st.tuples(_URL, st.sampled_from([50, 100])).map(lambda many: [many[0]] * many[1]),
)
_TASK = _record(
    TaskId=st.sampled_from(["1", "2", "3", ""]) | HOSTILE_TEXT,
    Type=st.sampled_from(["file", "dir", "m3u8"]) | HOSTILE_TEXT,
    CreateTime=_TIME,
    Status=_STATUS,
    UrlLists=_URLS,
)
_ANSWER = st.fixed_dictionaries(
    {
        "RetCode": _mostly(st.just(0), st.integers(), _JUNK),
        "TaskList": _mostly(st.lists(_mostly(_TASK, _JUNK), min_size=1, max_size=6), _JUNK, st.none()),
        "Action": HOSTILE_TEXT,
        "Message": HOSTILE_TEXT,
    },
    optional={"TotalCount": _TIME, "Extra": _JUNK},
)


def _written(answer: Any, escaped: bool, bom: bool) -> bytes:
    return b"\xef\xbb\xbf" * bom + json.dumps(answer, ensure_ascii=escaped).encode("utf-8", "surrogatepass")


def _damaged(body: bytes, place: float, length: int, patch: bytes) -> bytes:
    at = int(place * len(body))
    return body[:at] + patch + body[at + length :]


ANSWERS = st.builds(_written, _ANSWER, st.booleans(), st.booleans())
"""Bodies in the documented form with mutated fields; lone surrogates are escapes or invalid UTF-8."""

BODIES = ANSWERS | st.builds(
    _damaged,
    ANSWERS,
    st.floats(0, 1),
    st.sampled_from([0, 1, 9, 10**9]),
    st.binary(max_size=6) | st.sampled_from([b"\x00", b"\xff\xfe", rb'"\ud800"', b"[" * 3000, b"NaN", b"1e999", b""]),
)
"""The same, and with bytes cut, overwritten or inserted."""


def complaints(text: str) -> set[str]:
    """Return the characters of a shown text that act on a terminal, change its direction, or are invisible."""
    return set() if text.isprintable() else {character for character in text if not character.isprintable()}


Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers (as Latin-1) and body."""


@contextmanager
def replying(reply: Callable[[dict[str, list[str]]], Reply]) -> Iterator[dict[str, str]]:
    """Serve `reply`, which gets the parameters, inside the `with` block; yield the program's environment."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, headers, body = reply(form)
            self.send_response_only(status, "Whatever")
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as environment:
        yield environment
