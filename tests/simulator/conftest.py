"""An empty account, a service over it, and signed calls to that service."""

import pytest

from simulator.harness import ApiCalls, ManualClock
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service


@pytest.fixture
def now() -> ManualClock:
    return ManualClock()


@pytest.fixture
def account(now: ManualClock) -> Account:
    return Account(now)


@pytest.fixture
def service(account: Account) -> Service:
    return Service(account)


@pytest.fixture
def api(service: Service) -> ApiCalls:
    return ApiCalls(service)
