"""Parser: argparse with all flags known to each command, and errors of our own."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from ucdn_tui import __version__
from ucdn_tui.cli.language import parse_language
from ucdn_tui.duration_words import parse_interval, parse_window
from ucdn_tui.errors import UsageError
from ucdn_tui.i18n import _

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

T = TypeVar("T")


def _typed(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Return a parser of a flag's value, whose ValueError has a sentence that argparse shows."""

    def parse_flag(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_flag


FLAGS: Final[dict[str, dict[str, Any]]] = {
    "--demo": {"action": "store_true"},
    "--profile": {"metavar": "NAME"},
    "--public-key": {"metavar": "KEY"},
    "--endpoint": {"metavar": "URL"},
    "--project-id": {"metavar": "ID"},
    "--since": {"metavar": "TIME", "type": _typed(parse_window)},
    "--interval": {"metavar": "TIME", "type": _typed(parse_interval)},
    "--read-only": {"action": "store_true"},
    "--type": {"metavar": "TYPE", "choices": ("auto", "file", "dir", "m3u8")},
    "--file": {"metavar": "PATH"},
    "--dry-run": {"action": "store_true"},
    "--yes": {"action": "store_true"},
    "--wait": {"action": "store_true"},
    "--verify": {"action": "store_true"},
    "--task": {"metavar": "ID", "action": "append"},
    "--all-urls": {"action": "store_true"},
    "--no-task": {"action": "store_true"},
    "--head": {"action": "store_true"},
    "--origin": {"action": "store_true"},
    "--allow-private": {"action": "store_true"},
    "--resolve": {"metavar": "HOST=ADDRESS", "action": "append"},
    "--timeout": {"metavar": "TIME", "type": _typed(parse_window)},
    "--fail-fast": {"action": "store_true"},
    "--all": {"action": "store_true"},
    "--status": {"metavar": "STATUS"},
    "--kind": {"metavar": "KIND"},
    "--filter": {"metavar": "WORDS"},
    "--watch": {"action": "store_true"},
    "--json": {"action": "store_true"},
    "--stream": {"action": "store_true"},
    "--csv": {"action": "store_true"},
    "--failed-urls": {"action": "store_true"},
    "--quiet": {"action": "store_true"},
    "--lang": {"metavar": "LANG", "type": _typed(parse_language)},
    "--log-file": {"metavar": "PATH"},
}
"""Every flag that has a value in the namespace. All are parsed on either side of a command's name."""

OFFERED: Final = {
    "--status": ("queued", "running", "success", "failed", "unknown"),
    "--kind": ("refresh", "prefetch"),
}
"""Words that shells offer. No choices of argparse: the flags take the API's words and beginnings of words, too."""

_NOT_WITH_DEMO: Final = ("--profile", "--endpoint", "--project-id")
"""Flags that select an account."""


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of exiting.

    Its flags are added when it parses or shows its help, as most commands' are not used: 250 of them take 6 ms.
    """

    _helps: Mapping[str, str] | None = None
    """The texts of flags that are not added yet; None if they are."""

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return the parsed arguments; flags that are not given are None. Raises UsageError for the first wrong one."""
        for word in arguments:
            if word == "--":
                break
            # Checked before argparse does: it would take the word after an unknown option for a command.
            name = word.partition("=")[0]  # not the value: it may be a key
            if name[:1] == "-" and name != "-" and not name[1].isdigit() and name not in _KNOWN:
                self.error(_("unrecognized option: {word}").format(word=name))
        flags, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(_("unrecognized argument: {word}").format(word=unknown[0]))
        given = [name for name in FLAGS if _dest(name) in flags]
        command, known = flags.command, flags.known
        if "--demo" in given and "--demo" in known:
            command, known = "ucdn-tui --demo", known - set(_NOT_WITH_DEMO)
        for name in given:
            if name not in known:
                self.error(_("{flag} does not apply to `{command}`").format(flag=name, command=command))
        return argparse.Namespace(**(dict.fromkeys(map(_dest, FLAGS)) | vars(flags)))

    def add_flags(self, helps: Mapping[str, str]) -> None:
        """Have all flags, and --version. Those without a help text do not apply to this command: they are refused."""
        self._helps = helps
        self.set_defaults(command=self.prog, known=frozenset(helps))

    def complete(self, *, for_shell: bool = False) -> None:
        """Add the flags now. A shell's completion, which reads them without parsing, also needs the words to offer."""
        if self._helps is None:
            return
        helps, self._helps = self._helps, None
        for name, options in FLAGS.items():
            text = helps.get(name, argparse.SUPPRESS)
            flag = self.add_argument(name, default=argparse.SUPPRESS, help=text, **options)
            if for_shell and name in OFFERED:
                flag.choices = OFFERED[name]
        self.add_argument("--version", action="version", version=f"ucdn-tui {__version__}", help=_("show the version"))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.complete()  # here, since argparse calls it for a command, too
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        self.complete()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        if not message.endswith((")", "）")):  # otherwise it ends with a hint, such as "(choose from …)"
            message = _("{problem} (see ucdn-tui --help)").format(problem=message)
        raise UsageError(message)

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """Print help or version. argparse itself would ignore that it cannot be written."""
        print(message, end="", file=file)


_KNOWN: Final = {*FLAGS, "-h", "--help", "--version"}


def _dest(flag: str) -> str:
    """Return the name of a flag's value in the namespace."""
    return flag[2:].replace("-", "_")
