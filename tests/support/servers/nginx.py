"""A real nginx as two edges with caches of their own, in front of an origin."""

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from support import PATIENCE

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
"""None if nginx is not installed."""

_NETWORK = f"127.{40 + os.getpid() % 200}.250"

ADDRESSES = (f"{_NETWORK}.1", f"{_NETWORK}.2")

_DIGITS = 5
"""Digits of an Age: enough for a day."""

_CONFIG = """
daemon off;
{user}
pid nginx.pid;
error_log stderr warn;
events {{ }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {age}
    {edges}
}}
"""

_EDGE = """
    proxy_cache_path {folder} keys_zone={folder}:1m;
    server {{
        listen {address}:{port};
        location / {{
            proxy_pass {origin};
            proxy_set_header Host $host;
            proxy_cache {folder};
            proxy_cache_key $request_uri;
            proxy_cache_valid 200 1h;
            proxy_hide_header X-Fetched;
            add_header X-Via-Ucdn "$upstream_cache_status by $server_addr, MISS by $proxy_host";
            add_header Age $age;
        }}
    }}
"""


class Nginx:
    """The running edges."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self.port = port

    def purge(self, *addresses: str) -> None:
        """Remove all copies of these edges, as nginx's own purge does: it deletes the files."""
        for address in addresses:
            for path in (self._folder / _cache_of(address)).rglob("*"):
                if path.is_file():
                    path.unlink()


@contextlib.contextmanager
def nginx(folder: Path, origin: str) -> Iterator[Nginx]:
    """Run the edges during the block. The origin says in `X-Fetched` when a copy was fetched, in Unix seconds."""
    assert PROGRAM is not None
    with contextlib.ExitStack() as held:
        reserved = [held.enter_context(socket.socket()) for _ in ADDRESSES]
        reserved[0].bind((ADDRESSES[0], 0))
        port = reserved[0].getsockname()[1]
        reserved[1].bind((ADDRESSES[1], port))
    edges = (
        _EDGE.format(folder=_cache_of(address), address=address, port=port, origin=origin) for address in ADDRESSES
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = _CONFIG.format(user=user, age="\n    ".join(_age_maps()), edges="".join(edges))
    (folder / "nginx.conf").write_text(config, encoding="utf-8")
    with subprocess.Popen(
        [PROGRAM, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"], stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            for address in ADDRESSES:
                _wait_for(address, port, process)
            yield Nginx(folder, port)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def _cache_of(address: str) -> str:
    return f"cache{address.rpartition('.')[2]}"


def _age_maps() -> Iterator[str]:
    """Yield maps that make $age, the seconds since $upstream_http_x_fetched.

    nginx cannot subtract. A map for each digit can: of the digits of now and then, and whether the digit to the right
    has borrowed.
    """
    pairs = list(itertools.product(range(10), repeat=2))
    digits = r"(\d)" * _DIGITS
    for number in range(1, _DIGITS + 1):
        yield f'map $msec $now{number} {{ "~{digits}\\." ${number}; }}'
        yield f'map $upstream_http_x_fetched $then{number} {{ "~{digits}$" ${number}; }}'
    borrow = "0"
    for number in range(_DIGITS, 0, -1):
        source = f'"{borrow}$now{number}$then{number}"'
        rows = [(taken, now, then, now - then - taken) for taken in (0, 1) for now, then in pairs]
        differences = " ".join(f"{taken}{now}{then} {left % 10};" for taken, now, then, left in rows)
        borrows = " ".join(f"{taken}{now}{then} {int(left < 0)};" for taken, now, then, left in rows)
        yield f'map {source} $digit{number} {{ default ""; {differences} }}'
        yield f"map {source} $borrow{number} {{ default 0; {borrows} }}"
        borrow = f"$borrow{number}"
    parts = "".join(f"$digit{number}" for number in range(1, _DIGITS + 1))
    yield f'map $upstream_cache_status $age {{ default ""; HIT {parts}; }}'


def _wait_for(address: str, port: int, process: subprocess.Popen[str]) -> None:
    """Wait until it listens, which it does not tell."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((address, port)).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise AssertionError(f"nginx did not start: {process.communicate()[1]}") from None
            time.sleep(0.01)
        else:
            return
