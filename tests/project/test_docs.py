"""The documents name every flag, key, setting, error and exit status that the program has."""

import ast
import re
from pathlib import Path

import pytest

from ucdn_tui.account.config import Profile
from ucdn_tui.account.preferences import Notify, Preferences
from ucdn_tui.cli.main import run
from ucdn_tui.errors import (
    ExitStatus,
    Fault,
    HttpStatusError,
    InternalError,
    KeyringError,
    KeyringReason,
    ProtocolError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)
from ucdn_tui.ui.commands.contexts import contexts

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += [ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]

ERRORS: list[UcdnTuiError] = [
    *(TransportError(fault, "api.example.com") for fault in Fault),
    *(HttpStatusError(status) for status in (302, 404, 407, 429, 502)),
    *(RetCodeError(code, "") for code in (110, 130, 150, 153, 160, 161, 170, 171, 172, 174, 292, 294, 295, 299, 8039)),
    *(KeyringError(reason) for reason in KeyringReason),
    ProtocolError("The answer is empty."),
    InternalError(ValueError()),
]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    """Return the cells of each table row in docs/errors.md; the first one is how the error's message begins."""
    return [line.strip("| ").split(" | ") for line in page("errors.md").splitlines() if line.startswith("| ")]


def documented(message: str) -> list[list[str]]:
    return [row for row in rows() if message.startswith(row[0])]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_every_error_is_documented(error: UcdnTuiError) -> None:
    assert documented(str(error))


@pytest.mark.parametrize("error", [error for error in ERRORS if isinstance(error, RetCodeError)], ids=str)
def test_every_retcode_is_documented_with_its_error(error: RetCodeError) -> None:
    code = "any other" if error.code == 8039 else str(error.code)
    assert any(code in row[1] for row in documented(str(error)))


def test_every_other_error_is_documented() -> None:
    names = {"UsageError", "ConfigError", "NoTerminalError", "NoCredentialsError", "ExportError", "BrowserError"}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "ucdn_tui").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    raised = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]
    titles = {title for argument in raised if (title := _translated(argument)) and not title.startswith("{")}
    assert len(titles) > 10
    assert not [title for title in titles if not documented(title)]


def _translated(node: ast.expr) -> str:
    """Return the text in `_("text")` or `_("text").format(…)`; "" for anything else."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _translated(value)
        case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str() as text)]):
            return text
    return ""


def test_every_key_is_documented_with_its_id() -> None:
    ids = {binding.id for context in contexts() for binding in context if binding.id}
    documented = set(re.findall(r"`([a-z-]+\.[a-z0-9-]+)`", page("keys.md"))) - {"config.toml"}
    assert documented == {name for name in ids if not re.fullmatch(r"picker\.[2-8]", name)}


@pytest.mark.parametrize("command", [[], ["login"], ["logout"], ["profiles"]], ids=" ".join)
def test_every_flag_is_documented(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run([*command, "--help"])
    flags = re.findall(r"^  (?:-h, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)
    text = page("command-line.md")
    assert flags
    assert not [flag for flag in flags if f"`{flag}" not in text and f"[{flag}" not in text]


def test_every_exit_status_is_documented() -> None:
    documented = set(re.findall(r"^\| (\d+) \|", page("command-line.md"), re.MULTILINE))
    assert documented == {str(int(status)) for status in ExitStatus}


def test_every_setting_is_documented() -> None:
    text = page("configuration.md")
    names = [f"notify.{name}" for name in Notify.__struct_fields__]
    names += [f"profiles.NAME.{name}" for name in Profile._fields if name != "name"]
    names += [name for name in Preferences.__struct_fields__ if name not in ("keys", "notify", "problems")]
    assert not [name for name in names if f"| `{name}` |" not in text]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_the_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        assert other.exists(), target
        titles = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.MULTILINE) if heading else []
        anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
        assert not heading or heading in anchors, target
