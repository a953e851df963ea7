"""Every text for users can be translated: the template has all of them, and the screen shows no other."""

import ast
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from textual.theme import BUILTIN_THEMES

import ucdn_tui
from support import PATIENCE

PACKAGE = Path(ucdn_tui.__file__).parent

DATA = re.compile(
    r"https?:.*|.*cdn\.test.*|.*\.com|demo|org-main01|refresh|prefetch|file|process|wait|success|failure|unknown"
    r"|\d+\w*|URL|CSV|JSON|STALE|[A-Za-z]|tab|shift\+tab|home|end|pgup|pgdn|esc|enter|space"
    r"|\w+-\d+\.jpg|(status|kind|type|host|url|id|is):\S+|logo|banner|two|words|\.css"
    r"|textual-\w+|ansi-\w+|" + "|".join(word for name in BUILTIN_THEMES for word in name.title().split("-"))
)
"""Words from the API, the keyboard, an example of a filter, or a theme's name: the same in every language."""

MARKED = r'''
import gettext
class Marked(gettext.NullTranslations):
    """A language in which every text is the English one in brackets."""
    def gettext(self, message): return f"\u27e6{message}\u27e7"
    def ngettext(self, one, many, n): return f"\u27e6{one if n == 1 else many}\u27e7"
from ucdn_tui import i18n
i18n._catalogue = Marked()
'''

IDS = r"""
import asyncio
from textual.widgets import OptionList
from support import idle
from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
idle.install()
from ucdn_tui.ui.commands.contexts import contexts
for number, context in enumerate(contexts()):
    print(*(f"{number} {binding.id} {binding.key} {binding.action}" for binding in context), sep="\n")
def named(screen):
    for node in screen.walk_children():
        print(type(node).__name__, node.id, *sorted(node.classes - {"-hover"}))
        if isinstance(node, OptionList):
            print(*(option.id for option in node.options))
async def main():
    clock = FakeClock()
    simulated = account(clock)
    add(simulated, "old", ago=900, count=3)
    async with running_dashboard(simulated, clock) as w:
        print(*(column.id for table in (w.dashboard.tasks, w.dashboard.details.table) for column in table.columns))
        for key in ("question_mark", "s", "w", "y", "E", "T", "slash"):
            await w.press(key)
            named(w.app.screen)
            await w.press("escape", "escape")
        print(len(w.app.palette_commands(w.dashboard)))
asyncio.run(main())
"""

SCREENS = r"""
import asyncio
from support import idle
from support.clock import FakeClock
from support.screen.dashboard import account, add, running_dashboard
idle.install()
async def main():
    clock = FakeClock()
    simulated = account(clock)
    add(simulated, "old", ago=900, count=3)
    add(simulated, "new", ago=5, count=2, kind="prefetch")
    async with running_dashboard(simulated, clock, size=(240, 90)) as w:
        print(w.screen())
        for keys in (["question_mark"], ["s"], ["w"], ["y"], ["E"], ["slash"], ["3"], ["T"]):
            await w.press(*keys)
            print(w.screen())
            await w.press("escape", "escape")
        print(*(f"{command.title}\n{command.words}" for command in w.app.palette_commands(w.dashboard)), sep="\n")
asyncio.run(main())
"""


def run(script: str) -> str:
    """Return the output of a script in a new interpreter, in a language of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_ids_are_the_same_in_every_language() -> None:
    english = run(IDS)
    assert "find.unknown" in english
    assert run(MARKED + IDS) == english


def test_the_template_has_every_text() -> None:
    with (PACKAGE / "locale" / "ucdn-tui.pot").open("rb") as file:
        listed = {message.id for message in read_po(BytesIO(file.read())) if message.id}
    found = {message for _file, _line, message, _comments, _context in extract_from_dir(PACKAGE)}
    assert listed == found, "run the extraction that CONTRIBUTING.md names"


def test_no_text_is_translated_inside_an_f_string() -> None:
    """The extraction finds such texts on Python 3.12 and later only."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    strings = [
        (path, node) for path, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    ]
    names = [(path, node) for path, string in strings for node in ast.walk(string) if isinstance(node, ast.Name)]
    assert not [(path, node.lineno) for path, node in names if node.id in ("_", "N_", "ngettext")]


@pytest.mark.slow
def test_every_word_on_the_screen_can_be_translated() -> None:
    left = run(MARKED + SCREENS)
    assert "\u27e6" in left
    while (inner := re.sub(r"\u27e6[^\u27e6\u27e7]*\u27e7", " ", left)) != left:
        left = inner
    left = re.sub(r"\u27e6\S*", " ", left)  # cut off by a narrow column
    words = {word for word in re.findall(r"[\w+./:-]*[A-Za-z][\w+./:-]*", left) if not DATA.fullmatch(word)}
    assert not words, f"not translatable, or cut: {sorted(words)}"
