"""A real keyring without a desktop: gnome-keyring on its own D-Bus; and keyrings with faults."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from support import PATIENCE, clean_environment

SERVICE = "ucdn-tui"

_BUS = """\
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""A bus without service activation: an early request would start another daemon, with a locked keyring."""

PLAIN_TEXT = '''
"""A back end that writes secrets to a readable file, as some real ones do."""

import json, os
from keyring.backend import KeyringBackend

FILE = os.path.expanduser("~/plain-text.json")

class PlainText(KeyringBackend):
    priority = PRIORITY

    def _all(self):
        try:
            return json.load(open(FILE))
        except OSError:
            return {}

    def get_password(self, service, username):
        return self._all().get(username)

    def set_password(self, service, username, password):
        with open(FILE, "w") as file:
            json.dump({**self._all(), username: password}, file)

    def delete_password(self, service, username):
        with open(FILE, "w") as file:
            json.dump({}, file)
'''


class SecretService:
    """The service: its bus, its daemon, and the items of this program."""

    def __init__(self, address: str, daemon: "subprocess.Popen[bytes]") -> None:
        self._daemon = daemon
        self.environment = {"DBUS_SESSION_BUS_ADDRESS": address}
        """The variables by which programs find it."""

    @property
    def pid(self) -> int:
        return self._daemon.pid

    def items(self) -> dict[str, str]:
        """Return the values of this program's items, by user (profile name)."""
        from secretstorage.exceptions import ItemNotFoundException

        while True:
            with (
                suppress(ItemNotFoundException),
                closing(self._connection()) as connection,
            ):  # an item was removed during the search: try again
                found = list(self._collection(connection).search_items({"service": SERVICE}))
                return {item.get_attributes()["username"]: item.get_secret().decode() for item in found}

    def count(self) -> int:
        """Return the number of items of all programs."""
        with closing(self._connection()) as connection:
            return len(list(self._collection(connection).get_all_items()))

    def keys(self, profile: str) -> dict[str, str] | None:
        """Return a profile's keys as decoded JSON; None if there is no item."""
        value = self.items().get(profile)
        return None if value is None else json.loads(value)

    def put(self, profile: str, value: str | bytes, **more: str) -> None:
        """Save an item with the attributes that the keyring library uses, and more: then it is one of several."""
        attributes = {"application": "Python keyring library", "service": SERVICE, "username": profile, **more}
        data = value.encode() if isinstance(value, str) else value
        with closing(self._connection()) as connection:
            self._collection(connection).create_item(profile, attributes, data, replace=True)

    def put_keys(self, profile: str, public_key: str, private_key: str) -> None:
        """Save an account's keys in this program's format."""
        self.put(profile, json.dumps({"public_key": public_key, "private_key": private_key}))

    def lock(self) -> None:
        """Lock the keyring. It stays locked: there is no window to ask for the password in."""
        with closing(self._connection()) as connection:
            self._collection(connection).lock()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the daemon during the block: requests to it hang."""
        os.kill(self._daemon.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._daemon.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the daemon. The bus stays, and does not start it again."""
        self._daemon.kill()
        self._daemon.wait()

    def is_unlocked(self) -> bool:
        from secretstorage.exceptions import SecretStorageException

        try:
            with closing(self._connection()) as connection:
                return not self._collection(connection).is_locked()
        except (SecretStorageException, OSError):
            return False

    def is_running(self) -> bool:
        import secretstorage

        with closing(self._connection()) as connection:
            return bool(secretstorage.check_service_availability(connection))

    def _connection(self) -> Any:
        from jeepney.io.blocking import open_dbus_connection

        return open_dbus_connection(self.environment["DBUS_SESSION_BUS_ADDRESS"])

    @staticmethod
    def _collection(connection: Any) -> Any:
        import secretstorage

        return secretstorage.Collection(connection)  # the default one; `get_default_collection` would create it


@contextmanager
def running_secret_service(home: Path, *, has_keyring: bool = True) -> Iterator[SecretService]:
    """Run a service with an empty, unlocked keyring in this folder, or with none; skip the test if not installed."""
    if not (shutil.which("dbus-daemon") and shutil.which("gnome-keyring-daemon")):
        pytest.skip("dbus-daemon or gnome-keyring-daemon is not installed")
    for name in ("run", "data", "config", "cache"):
        (home / name).mkdir(parents=True, mode=0o700)
    environment = clean_environment(
        {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "DISPLAY": None,
            "WAYLAND_DISPLAY": None,
        }
    )
    (home / "bus.conf").write_text(_BUS, encoding="utf-8")
    with (home / "daemons.log").open("wb") as log, _bus(home / "bus.conf", environment, log) as address:
        environment["DBUS_SESSION_BUS_ADDRESS"] = address
        daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", *(["--unlock"] if has_keyring else []), "--components=secrets"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
        )
        try:
            assert daemon.stdin is not None
            daemon.stdin.write(b"the keyring's password")
            daemon.stdin.close()
            service = SecretService(address, daemon)
            _wait(service.is_unlocked if has_keyring else service.is_running)
            yield service
        finally:
            _end(daemon)


@contextmanager
def _bus(config: Path, environment: Mapping[str, str], log: Any) -> Iterator[str]:
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment) as bus:
        try:
            assert bus.stdout is not None
            yield bus.stdout.readline().decode().strip()
        finally:
            _end(bus)


def _wait(is_up: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_up():
        if time.monotonic() > end:
            raise AssertionError("the secret service did not come up")
        time.sleep(0.02)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def mute_bus(folder: Path, *, hangs_up: bool = False) -> Iterator[dict[str, str]]:
    """Run a bus that never answers, or closes each connection; yield the environment that points to it."""
    path = folder / "mute"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)  # the kernel accepts connections; nothing reads from them
        hanging_up = Thread(target=_hang_up, args=(listener,), daemon=True)
        if hangs_up:
            hanging_up.start()
        yield {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}
        listener.shutdown(socket.SHUT_RDWR)
        if hangs_up:
            hanging_up.join()


def _hang_up(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            listener.accept()[0].close()


def no_bus(folder: Path) -> dict[str, str]:
    """Return the environment of a machine without a bus."""
    return {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'missing'}"}


def plain_text_back_end(folder: Path, priority: float = 9) -> dict[str, str]:
    """Install a plain-text back end with the highest priority; return the environment that finds it."""
    (folder / "plaintextkeyring.py").write_text(PLAIN_TEXT.replace("PRIORITY", str(priority)), encoding="utf-8")
    info = folder / "plaintextkeyring-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plaintextkeyring\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[keyring.backends]\nplain = plaintextkeyring\n", encoding="utf-8")
    return {"PYTHONPATH": str(folder)}
