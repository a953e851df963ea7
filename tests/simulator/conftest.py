"""An account without tasks, a service over it, and somebody to ask."""

import pytest

from simulator.requests import Ask, Now
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.service import Service


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def account(now: Now) -> Account:
    return Account(now)


@pytest.fixture
def service(account: Account) -> Service:
    return Service(account)


@pytest.fixture
def ask(service: Service) -> Ask:
    return Ask(service)
