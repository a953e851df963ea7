"""The reaction to each fault, and the delay until the next try."""

from itertools import pairwise
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.errors import (
    Fault,
    HttpStatusError,
    InternalError,
    ProtocolError,
    RetCodeError,
    TransportError,
    UcdnTuiError,
)
from ucdn_tui.watch.poll.backoff import (
    MAX_BACK_OFF,
    MIN_DELAY,
    Reaction,
    Throttle,
    back_off,
    is_rate_limit,
    reaction,
    retry_after,
)

DRAWS = 2000


class TestReaction:
    @pytest.mark.parametrize("code", [170, 171, 172, 174])
    def test_wrong_keys_wait_for_the_user(self, code: int) -> None:
        assert reaction(RetCodeError(code, "")) is Reaction.WAIT_FOR_USER

    @pytest.mark.parametrize("code", [292, 294, 295, 299])
    def test_missing_permissions_are_retried_each_minute(self, code: int) -> None:
        assert reaction(RetCodeError(code, "")) is Reaction.EACH_MINUTE

    @pytest.mark.parametrize("code", [110, 130, 150, 153, 160, 161, 173, 230, 293, 296, 2000, 8039, 10**9, -1, 1])
    def test_temporary_and_unknown_codes_back_off(self, code: int) -> None:
        assert reaction(RetCodeError(code, "")) is Reaction.BACK_OFF

    @pytest.mark.parametrize("fault", Fault)
    def test_of_network_faults_only_a_certificate_is_retried_each_minute(self, fault: Fault) -> None:
        expected = Reaction.EACH_MINUTE if fault is Fault.CERTIFICATE else Reaction.BACK_OFF
        assert reaction(TransportError(fault, "api.example.com")) is expected

    @pytest.mark.parametrize(
        "error",
        [
            HttpStatusError(401),
            HttpStatusError(429),
            HttpStatusError(503),
            ProtocolError("The answer is empty."),
            InternalError(ValueError()),
            UcdnTuiError("Anything"),
        ],
    )
    def test_other_errors_back_off(self, error: UcdnTuiError) -> None:
        assert reaction(error) is Reaction.BACK_OFF


class TestBackOff:
    @pytest.mark.parametrize(
        ("failures", "most"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60), (99, 60)]
    )
    def test_the_delay_is_uniform_up_to_a_doubling_limit(self, failures: int, most: float) -> None:
        random = Random(7)
        draws = [back_off(failures, random) for _ in range(DRAWS)]
        assert min(draws) == MIN_DELAY
        assert 0.98 * most < max(draws) <= most
        full_jitter = (MIN_DELAY**2 + (most**2 - MIN_DELAY**2) / 2) / most  # uniform from 0, with a minimum of a second
        assert mean(draws) == pytest.approx(full_jitter, rel=0.05)

    @given(st.integers(1, 10**9), st.randoms(use_true_random=False))
    def test_the_delay_is_between_a_second_and_the_cap(self, failures: int, random: Random) -> None:
        assert MIN_DELAY <= back_off(failures, random) <= MAX_BACK_OFF

    def test_different_seeds_give_different_delays(self) -> None:
        one, other = ([back_off(n, Random(seed)) for n in range(3, 9)] for seed in (1, 2))
        assert one != other

    def test_the_same_seed_gives_the_same_delays(self) -> None:
        one, other = ([back_off(n, Random(1)) for n in range(1, 9)] for _ in range(2))
        assert one == other

    def test_the_mean_delay_grows(self) -> None:
        random = Random(3)
        means = [mean(back_off(failures, random) for _ in range(DRAWS)) for failures in range(1, 7)]
        assert all(later > earlier for earlier, later in pairwise(means))


class TestRetryAfter:
    def test_retry_after_is_what_the_server_asks_for(self) -> None:
        assert retry_after(HttpStatusError(429, retry_after=17.0)) == 17.0
        assert retry_after(RetCodeError(153, "", retry_after=3.0)) == 3.0

    @pytest.mark.parametrize("error", [HttpStatusError(429), InternalError(ValueError()), UcdnTuiError("Anything")])
    def test_without_retry_after_it_is_zero(self, error: UcdnTuiError) -> None:
        assert retry_after(error) == 0.0

    def test_a_long_retry_after_is_capped(self) -> None:
        assert retry_after(HttpStatusError(503, retry_after=10.0**8)) == 3600.0


class TestThrottle:
    def test_each_rate_limit_halves_the_rate_down_to_an_eighth(self) -> None:
        throttle = Throttle()
        factors = [throttle.factor(0.0)]
        for time in (1.0, 2.0, 3.0, 4.0, 5.0):
            throttle.rate_limited(time)
            factors.append(throttle.factor(time))
        assert factors == [1, 2, 4, 8, 8, 8]

    def test_the_rate_doubles_every_two_minutes_without_a_rate_limit(self) -> None:
        throttle = Throttle()
        for _ in range(3):
            throttle.rate_limited(10.0)
        assert [throttle.factor(10.0 + minutes * 60.0) for minutes in (0, 1, 2, 4, 6, 600)] == [8, 8, 4, 2, 1, 1]

    def test_a_rate_limit_during_recovery_halves_the_present_rate(self) -> None:
        throttle = Throttle()
        throttle.rate_limited(0.0)
        throttle.rate_limited(0.0)
        throttle.rate_limited(130.0)
        assert throttle.factor(130.0) == 4

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (RetCodeError(153, ""), True),
            (HttpStatusError(429), True),
            (RetCodeError(429, ""), False),
            (HttpStatusError(503), False),
            (None, False),
        ],
    )
    def test_code_153_and_http_429_are_rate_limits(self, error: UcdnTuiError | None, expected: bool) -> None:
        assert is_rate_limit(error) is expected
