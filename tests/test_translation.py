"""Every word for people can be translated: the template has them all, and the screen shows no other."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import ucdn_tui

PACKAGE = Path(ucdn_tui.__file__).parent

DATA = re.compile(
    r"https?:.*|.*cdn\.test.*|.*\.com|demo|org-main01|refresh|prefetch|file|process|wait|success|failure|unknown"
    r"|\d+\w*|URL|CSV|JSON|STALE|[A-Za-z]|tab|shift\+tab|home|end|pgup|pgdn|esc|space"
    r"|(textual|ansi|atom|rose|solarized|catppuccin)[-\w]*|nord|gruvbox|dracula|tokyo-night|monokai|flexoki"
)
"""What comes from the API, from a keyboard, or from Textual, and means the same in every language."""

SCREENS = r'''
import asyncio, gettext, sys
class Marked(gettext.NullTranslations):
    """A language in which every text is the English one in brackets."""
    def gettext(self, message): return f"\u27e6{message}\u27e7"
    def ngettext(self, one, many, n): return f"\u27e6{one if n == 1 else many}\u27e7"
gettext.translation = lambda *args, **kwargs: Marked()
from support.clock import FakeClock
from support.watching import account, add, watching
async def main():
    clock = FakeClock()
    simulated = account(clock)
    add(simulated, "old", ago=900, count=3)
    add(simulated, "new", ago=5, count=2, kind="prefetch")
    async with watching(simulated, clock, size=(240, 90)) as w:
        print(w.screen())
        for keys in (["question_mark"], ["s"], ["w"], ["y"], ["E"], ["slash"], ["3"], ["T"]):
            await w.press(*keys)
            print(w.screen())
            await w.press("escape", "escape")
        print(*(f"{command.title}\n{command.help}" for command in w.app.get_system_commands(w.dashboard)), sep="\n")
asyncio.run(main())
'''


def test_the_template_has_every_text() -> None:
    with (PACKAGE / "locale" / "ucdn-tui.pot").open("rb") as file:
        listed = {message.id for message in read_po(BytesIO(file.read())) if message.id}
    found = {message for _file, _line, message, _comments, _context in extract_from_dir(PACKAGE)}
    assert listed == found, "run the extraction that the README's development section names"


def test_the_screen_shows_no_word_that_cannot_be_translated() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCREENS],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "\u27e6" in done.stdout
    left = done.stdout
    while (inner := re.sub(r"\u27e6[^\u27e6\u27e7]*\u27e7", " ", left)) != left:
        left = inner
    left = re.sub(r"\u27e6\S*", " ", left)  # cut off by a narrow column
    words = {word for word in re.findall(r"[\w+./:-]*[A-Za-z][\w+./:-]*", left) if not DATA.fullmatch(word)}
    assert not words, f"not translatable, or cut: {sorted(words)}"
