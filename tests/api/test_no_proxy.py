"""Which hosts NO_PROXY stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucdn_tui.api.no_proxy import bypasses_proxy

API = "api.ucloud.cn"


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("*", API),
        ("api.ucloud.cn", API),
        ("API.UCloud.cn", API),
        ("api.ucloud.cn.", API),
        ("api.ucloud.cn", "api.ucloud.cn."),
        ("ucloud.cn", API),
        (".ucloud.cn", API),
        ("*.ucloud.cn", API),
        ("https://api.ucloud.cn", API),
        ("https://api.ucloud.cn/", API),
        ("http://api.ucloud.cn:443/", API),
        ("localhost, ucloud.cn", API),
        ("localhost ucloud.cn", API),
        ("localhost,,ucloud.cn,", API),
        ("api.ucloud.cn:443", API),
        ("[/b],ucloud.cn", API),
        ("10.1.2.3", "10.1.2.3"),
        ("10.1.2.3:443", "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.1.2.3/8", "10.1.2.3"),
        ("fd07:b51a:cc66:f0::/64", "fd07:b51a:cc66:f0::7"),
        ("FD07::7", "fd07::7"),
        ("fd07:0:0::7", "fd07::7"),
        ("[fd07::7]", "fd07::7"),
        ("[fd07::7]:443", "fd07::7"),
        ("[fd07::]/16", "fd07::7"),
    ],
)
def test_stands_for(no_proxy: str, host: str) -> None:
    assert bypasses_proxy(no_proxy, host, 443)


@pytest.mark.parametrize(
    ("no_proxy", "host"),
    [
        ("", API),
        (",", API),
        (".", API),
        ("*.", API),
        ("loud.cn", API),
        ("cn.evil", API),
        ("www.api.ucloud.cn", API),
        ("api.ucloud.cn:80", API),
        ("api.ucloud.cn:", API),
        ("[api.ucloud.cn", API),
        ("10.0.0.0/8", API),
        ("::/0", API),
        ("10.1.2.3:80", "10.1.2.3"),
        ("1.2.3", "10.1.2.3"),
        ("::/0", "10.1.2.3"),
        ("0.0.0.0/0", "fd07::7"),
        ("[fd07::7]:80", "fd07::7"),
        ("fd08::/16", "fd07::7"),
        ("10.0.0.0/99", "10.1.2.3"),
    ],
)
def test_does_not_stand_for(no_proxy: str, host: str) -> None:
    assert not bypasses_proxy(no_proxy, host, 443)


@given(st.text() | st.text("*.,:[]/ 0123af"), st.sampled_from([API, "10.1.2.3", "::1"]))
def test_any_text_gives_an_answer(no_proxy: str, host: str) -> None:
    assert bypasses_proxy(no_proxy, host, 443) in (True, False)
    assert bypasses_proxy(f"{no_proxy},{host}", host, 443)
