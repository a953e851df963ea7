"""Where keys are kept: one item of the system's keyring for a profile; the only importer of keyring."""

import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from ucdn_tui import daemon_thread
from ucdn_tui.errors import KeyringError, KeyringReason
from ucdn_tui.secret import Keys, Secret

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)

SERVICE: Final = "ucdn-tui"
"""The service under which every item is filed; its user is the profile's name, its value both keys."""

TIME_LIMIT: Final = 60.0
"""Seconds: a keyring may ask its user for a password first, and that takes a person's time."""

T = TypeVar("T")


class _Backend(NamedTuple):
    """A back end of the keyring library that protects what it keeps."""

    module: str
    class_name: str
    label: str
    """What people call it."""

    @property
    def path(self) -> str:
        return f"{self.module}.{self.class_name}"


_ACCEPTED: Final = (
    _Backend("keyring.backends.macOS", "Keyring", "macOS Keychain"),
    _Backend("keyring.backends.Windows", "WinVaultKeyring", "Windows Credential Manager"),
    _Backend("keyring.backends.SecretService", "Keyring", "Secret Service"),
    _Backend("keyring.backends.libsecret", "Keyring", "Secret Service (libsecret)"),
    _Backend("keyring.backends.kwallet", "DBusKeyring", "KWallet"),
)
"""Anything else (plain text, null, whatever a plug-in brings) is refused, even where the library would pick it."""


class KeyStore:
    """The keyring that protects, opened. Every method may block, and raises KeyringError and nothing else."""

    def __init__(self, backend: "KeyringBackend", label: str) -> None:
        self._backend = backend
        self.label = label
        """What people call the keyring in use."""

    def read(self, profile: str) -> Keys | None:
        """Return the profile's keys, or None where none are kept."""
        value = _guarded(lambda: self._backend.get_password(SERVICE, profile), self.label)
        return None if value is None else _decode(value, profile)

    def write(self, profile: str, keys: Keys) -> None:
        """Keep the profile's keys, and read them back: some keyrings take a secret and keep nothing."""
        value = json.dumps({"public_key": keys.public, "private_key": keys.private.reveal()})
        _guarded(lambda: self._backend.set_password(SERVICE, profile, value), self.label)
        if self.read(profile) != keys:
            raise KeyringError(KeyringReason.NOT_KEPT, self.label)

    def delete(self, profile: str) -> None:
        """Forget the profile's keys; nothing happens where none are kept."""
        if _guarded(lambda: self._backend.get_password(SERVICE, profile), self.label) is not None:
            _guarded(lambda: self._backend.delete_password(SERVICE, profile), self.label)


def open_store() -> KeyStore:
    """Return the best keyring of those that protect; may block. Raises KeyringError where there is none."""
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND", "").strip()
    if chosen:
        for kind in _ACCEPTED:
            if kind.path == chosen:
                return KeyStore(_guarded(partial(_load, kind), kind.label), kind.label)
        raise KeyringError(KeyringReason.REFUSED, chosen)
    viable: list[tuple[float, KeyringBackend, str]] = []
    for kind in _ACCEPTED:
        with suppress(KeyringError):  # it is in the log; another one may do
            backend = _guarded(partial(_load, kind), kind.label)
            viable.append((float(backend.priority), backend, kind.label))
    if not viable:
        raise KeyringError(KeyringReason.NONE, _substitute())
    _priority, backend, label = max(viable, key=lambda choice: choice[0])
    return KeyStore(backend, label)


def with_store(use: Callable[[KeyStore], T], *, limit: float = TIME_LIMIT) -> T:
    """Open the keyring and use it, in a thread, `limit` seconds long at the most; raises KeyringError.

    Any call can block for ever while a prompt is open or a daemon hangs.
    """
    future = daemon_thread.start(lambda: use(open_store()), "keyring")
    try:
        return future.result(limit)
    except TimeoutError:
        raise KeyringError(KeyringReason.TIMED_OUT, "") from None


def _load(kind: _Backend) -> "KeyringBackend":
    backend: type[KeyringBackend] = getattr(import_module(kind.module), kind.class_name)
    backend.priority  # noqa: B018 - asking raises where the back end cannot be used
    return backend()


def _substitute() -> str:
    """Return what the library would use instead, for the message; "" where that is nothing either."""

    def name() -> str:
        import keyring

        backend = type(keyring.get_keyring())
        return f"{backend.__module__}.{backend.__qualname__}"

    with suppress(KeyringError):
        if (path := _guarded(name, "keyring")) != "keyring.backends.fail.Keyring":
            return path
    return ""


def _guarded(call: Callable[[], T], label: str) -> T:
    """Return the call's result. A keyring fails in many ways, few of them its own: each becomes one of ours."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the border to a library that raises whatever its back ends do
        log.info("keyring: %s: %s", label, type(error).__name__)
        raise KeyringError(_reason(error), label) from None


def _reason(error: Exception) -> KeyringReason:
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"KeyringLocked", "LockedException", "PromptDismissedException"}:
        return KeyringReason.LOCKED
    if names & {"InitError", "SecretServiceNotAvailableException", "ConnectionResetError", "ConnectionError"}:
        return KeyringReason.NOT_RUNNING
    if sys.platform == "win32" and "error" in names:
        return KeyringReason.TOO_LONG
    return KeyringReason.BROKEN


def _decode(value: str, profile: str) -> Keys:
    try:
        kept = json.loads(value)
        public, private = kept["public_key"], kept["private_key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        public = private = None
    if not isinstance(public, str) or not isinstance(private, str):
        raise KeyringError(KeyringReason.UNREADABLE, profile)
    return Keys(public, Secret(private))
