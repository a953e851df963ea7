"""What a program has written to its terminal, parsed as strictly as a terminal may."""

import base64
import re
from typing import NamedTuple

from support.data.hostile import TEXTS, complaints
from support.terminals.terminal import Terminal

PAYLOADS = {name: text.replace("\u20e3", "") for name, text in TEXTS.items()}
"""pyte omits what follows an enclosing mark."""

_TOKEN = re.compile(
    r"""
    (?P<osc>\x1b\](?P<words>[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\))
  | (?P<csi>\x1b\[[0-?]*[ -/]*[@-~])
  | (?P<string>\x1b[PX^_][^\x1b\x07\x9c]*(?:\x07|\x1b\\))
  | (?P<escape>\x1b[ -/]*[0-~])
  | (?P<line>\r\n)
  | (?P<control>[\x00-\x1f\x7f-\x9f])
  | (?P<text>[^\x00-\x1f\x7f-\x9f]+)
    """,
    re.VERBOSE,
)

_CSI = re.compile(
    r"""\x1b\[(?:
    [0-9;]*m                                                        # colours
  | [0-9]+;[0-9]+H                                                  # where to write
  | \?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026|2048)[hl]     # modes
  | \?(?:2026|2048)\$p                                              # whether the terminal knows these two
  | >[0-9]+u | <u                                                   # keyboard
  | 2[23];2t                                                        # the title, saved and had back
    )""",
    re.VERBOSE,
)

_OSC = re.compile(
    r"""(?:
    8;; | 8;id=[0-9]+;https?://(?P<link>[!#-;=?-\[\]_a-z~]+)
  | 52;c;(?P<copied>[A-Za-z0-9+/]*={0,2})
  | 11;\?                                                           # the background
  | 22;[a-z-]+                                                      # the mouse's pointer
  | 2;(?P<title>[^;]*)
  | 9;4;[0-4](?:;[0-9]+)?
  | 9;(?P<notified>[^;]*)
    )""",
    re.VERBOSE,
)


class Written(NamedTuple):
    """What a program has written to its terminal besides text."""

    links: list[str]
    copied: list[str]
    titles: list[str]
    notified: list[str]


def written(program: Terminal) -> Written:
    """Parse the output as a strict terminal does; AssertionError for anything that is not the program's own."""
    raw = program.raw.decode("utf-8", "strict")
    found = Written([], [], [], [])
    at = 0
    while at < len(raw):
        token = _TOKEN.match(raw, at)
        assert token, f"no sequence: {raw[at : at + 60]!r}"
        context = f"{token[0][:200]!r} behind {raw[max(0, at - 60) : at]!r}"
        match token.lastgroup:
            case "text":
                assert not complaints(token[0]), context
            case "csi":
                assert _CSI.fullmatch(token[0]), context
            case "words" | "osc":
                _take(found, token["words"], context)
            case "line":
                pass
            case _:
                raise AssertionError(context)
        at = token.end()
    for text in PAYLOADS.values():
        for part in re.findall(r"[^ -~][^\x1b]*pwn", text):
            assert part not in raw, repr(part)
    return found


def _take(found: Written, words: str, context: str) -> None:
    sequence = _OSC.fullmatch(words)
    assert sequence, context
    if sequence["link"]:
        assert sequence["link"].startswith("h/"), context
        found.links.append(sequence["link"])
    elif sequence["copied"] is not None:
        found.copied.append(base64.b64decode(sequence["copied"], validate=True).decode())
    elif (notified := sequence["notified"] or sequence["title"]) is not None:
        assert not complaints(notified), context
        assert len(notified) <= 500
        (found.notified if sequence["notified"] else found.titles).append(notified)
