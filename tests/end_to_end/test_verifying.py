"""Verifying on the screen of the installed program: an edge that is late serves the new content in the end."""

from support.program import PROGRAM
from support.terminals.tmux import StartTmux

LATE = "70412/front-2.webp"
"""A URL of the demo that is refreshed some 18 s after the start; one of its edges then stays old for 30 s."""


def test_an_old_copy_becomes_new_while_it_is_watched(tmux: StartTmux) -> None:
    screen = tmux([PROGRAM, "--demo", "--interval", "1s"], columns=120, rows=34)
    screen.wait_for(r"updated \d+s ago")
    screen.literal(f"/{LATE}")
    screen.wait_for("  1 of [0-9]+")
    screen.keys("Enter", "Enter")  # to the list, and into the task
    screen.literal("/front-2")
    screen.wait_for("1 of 16")
    screen.keys("Enter")
    screen.literal("v")
    screen.wait_for("Verify at the edge")
    screen.wait_for("not ended|OLD COPY")
    screen.literal("w")
    screen.wait_for("Watching")
    text = screen.wait_for("OLD COPY")
    assert LATE in text.replace("…", "")
    screen.wait_for(r"Old copy at 1 of 4 addresses")
    text = screen.wait_for(r"Nothing is left to wait for\. Watching has ended\.")
    assert "OLD COPY" not in text
    assert "In effect at 4 of 4 addresses" in text
    screen.keys("Escape")
    screen.wait_gone("Verify at the edge")
