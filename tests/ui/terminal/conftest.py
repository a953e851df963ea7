"""A hostile account, and the environment that leads to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.data.hostile import replying
from ui.terminal.hostile_account import ITERM, Account


@pytest.fixture
def hostile_account() -> Account:
    return Account()


@pytest.fixture
def hostile_env(hostile_account: Account) -> Iterator[dict[str, str]]:
    """The environment for the account, without the bell, whose byte could come from anywhere."""
    folder = Path.home() / ".config" / "ucdn-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[notify]\nbell = false\n", encoding="utf-8")
    with replying(hostile_account.reply) as variables:
        yield variables | ITERM
