"""Every text for users can be translated and is: the template has all of them, and so has each catalogue."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir

import ucdn_tui
from support import PATIENCE
from support.catalogues import SOURCES, TEMPLATE, placeholders, read

PACKAGE = Path(ucdn_tui.__file__).parent

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


def run(script: str) -> str:
    """Return the output of a script in a new interpreter, in a language of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[1],
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
    found = {message for _file, _line, message, _comments, _context in extract_from_dir(PACKAGE)}
    assert ids(read(TEMPLATE)) == found, "run the extraction that CONTRIBUTING.md names"


def ids(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


CATALOGUES = pytest.mark.parametrize(
    "catalogue", [read(path) for path in SOURCES], ids=[path.parts[-3] for path in SOURCES]
)


@CATALOGUES
def test_every_text_is_translated(catalogue: Catalog) -> None:
    empty = [message.id for message in catalogue if message.id and not all(forms(message))]
    assert not empty
    assert ids(catalogue) == ids(read(TEMPLATE)), "see docs/translating.md"


@CATALOGUES
def test_no_translation_is_in_doubt_or_left_over(catalogue: Catalog) -> None:
    assert not [message.id for message in catalogue if message.id and message.fuzzy]
    assert not catalogue.obsolete


@CATALOGUES
def test_translations_have_the_placeholders_of_their_texts(catalogue: Catalog) -> None:
    assert not [error for _message, errors in catalogue.check() for error in errors]
    for message in catalogue:
        text = message.id[-1] if isinstance(message.id, tuple) else message.id
        for form in forms(message) if text else ():
            assert placeholders(form) == placeholders(text), message.id


@CATALOGUES
def test_translations_begin_and_end_with_the_blanks_of_their_texts(catalogue: Catalog) -> None:
    for message in catalogue:
        text = message.id[-1] if isinstance(message.id, tuple) else message.id
        for form in forms(message) if text else ():
            assert form.endswith("\n") == text.endswith("\n"), message.id
            assert form.strip("\n") == form.strip(), message.id


def forms(message: Message) -> tuple[str, ...]:
    """Return the translations of a text: one, or one for each plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_no_text_is_translated_inside_an_f_string() -> None:
    """The extraction finds such texts on Python 3.12 and later only."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    strings = [
        (path, node) for path, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    ]
    names = [(path, node) for path, string in strings for node in ast.walk(string) if isinstance(node, ast.Name)]
    assert not [(path, node.lineno) for path, node in names if node.id in ("_", "N_", "ngettext")]
