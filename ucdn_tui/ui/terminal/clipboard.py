"""Clipboard: copies by the terminal (OSC 52), and by a local tool where the terminal may ignore that."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from textual.app import App

from ucdn_tui import daemon_thread
from ucdn_tui.i18n import _

CLIPBOARD_LIMIT = 74_994
"""Bytes. As base64, with the 8 characters around it, they make 100,000: common terminals accept no longer sequence."""

MOST_URLS = 10_000
"""URLs; more do not fit into the limit, whatever their length."""


class Clipboard:
    """Copies texts, and says what became of each. A terminal never says whether it has accepted one."""

    def __init__(
        self, app: App[Any], say: Callable[..., object], wants_hint: Callable[[], bool], *, osc52: bool
    ) -> None:
        """`say` shows a message, with `failed=True` as an error. `osc52`: the terminal is known to copy.

        `wants_hint` returns True at the user's very first copy only.
        """
        self._app = app
        self._say = say
        self._wants_hint = wants_hint
        self._osc52 = osc52

    def copy(self, make: Callable[[], str], copied: str, *, urls: int = 0) -> None:
        """Copy the text that `make` returns, and then say `copied`. `urls` is the number of URLs in a list of them."""
        tool = self._local_tool()
        if tool is not None:
            self._app.run_worker(self._copy_with(tool, make, copied), group="copy")
        elif urls <= MOST_URLS and self._send(make()):
            self._say(f"{copied}\n{_hint()}" if self._wants_hint() else copied)
        else:
            self._say(_too_long(), failed=True)

    async def _copy_with(self, tool: Sequence[str], make: Callable[[], str], copied: str) -> None:
        from ucdn_tui.external.clipboard_tools import ClipboardError, copy_with

        text = await daemon_thread.run(make, "copy")
        sent = self._send(text)
        try:
            await daemon_thread.run(partial(copy_with, tool, text, os.environ), "clipboard")
        except ClipboardError as error:
            self._say(f"{error}\n{_only_sent() if sent else _too_long()}", failed=True)
        else:
            self._say(copied)

    def _local_tool(self) -> Sequence[str] | None:
        if self._osc52:
            return None
        from ucdn_tui.external.clipboard_tools import find_tool

        return find_tool(os.environ)

    def _send(self, text: str) -> bool:
        """Send the text to the terminal; return whether it is short enough for that."""
        encoded = text.encode("utf-8", "replace")
        if len(encoded) > CLIPBOARD_LIMIT:
            return False
        self._app.copy_to_clipboard(encoded.decode())
        return True


def _hint() -> str:
    return _("Nothing in your clipboard? Press f in the copy menu to save to a file.")


def _only_sent() -> str:
    return _("Sent to the terminal instead. Nothing in your clipboard? Press f in the copy menu.")


def _too_long() -> str:
    return _("Too long for the terminal's clipboard. Press f in the copy menu to save to a file.")
