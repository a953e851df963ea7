"""Keys in the system keyring, one item per profile; the only module that imports keyring."""

import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import closing, suppress
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
"""The service of every item. Its user is the profile's name, its value both keys as JSON."""

_OPTIONAL: Final = ("security_token", "channel_key")
"""Names of an item's optional values."""

_DELETIONS: Final = 20
"""Maximum number of a profile's items that are removed."""

TIME_LIMIT: Final = 60.0
"""Seconds; long enough for a user to type the keyring's password."""

T = TypeVar("T")


class _Backend(NamedTuple):
    """A back end of the keyring library that encrypts or otherwise protects its items."""

    module: str
    class_name: str
    label: str
    """The display name."""

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
"""Every other back end (plain text, null, plug-ins) is refused, even if the library prefers it."""


class KeyStore:
    """An open keyring. Every method may block, and raises only KeyringError."""

    def __init__(self, backend: "KeyringBackend", label: str) -> None:
        self._backend = backend
        self.label = label
        """The keyring's display name."""

    def read(self, profile: str) -> Keys | None:
        """Return the profile's keys, or None if there are none."""
        item = self.item(profile)
        return None if item is None else _decode(item.reveal(), profile)

    def item(self, profile: str) -> Secret | None:
        """Return the profile's item as it is stored, readable or not; None if there is none.

        Bytes that are not UTF-8 are replaced: the item is not ours, and must not prevent its replacement or removal.
        """
        value = _guarded(lambda: _text(self._backend, profile), self.label)
        return None if value is None else Secret(value)

    def restore(self, profile: str, item: Secret | None) -> None:
        """Put back what `item` has returned."""
        if item is None:
            self.delete(profile)
        else:
            _guarded(lambda: self._backend.set_password(SERVICE, profile, item.reveal()), self.label)

    def write(self, profile: str, keys: Keys) -> None:
        """Save the profile's keys and read them back: some keyrings accept a secret without saving it."""
        _guarded(lambda: self._backend.set_password(SERVICE, profile, _encode(keys)), self.label)
        if self.item(profile) != Secret(_encode(keys)):
            has_several = _guarded(lambda: _count(self._backend, profile), self.label) > 1
            raise KeyringError(KeyringReason.SEVERAL if has_several else KeyringReason.NOT_SAVED, self.label)

    def delete(self, profile: str) -> None:
        """Remove the profile's keys; does nothing if there are none.

        Several items may be the profile's, and each call of the back end removes one of them.
        """
        for _attempt in range(_DELETIONS):
            if self.item(profile) is None:
                return
            try:
                _guarded(lambda: self._backend.delete_password(SERVICE, profile), self.label)
            except KeyringError:
                if self.item(profile) is not None:  # else another program was faster
                    raise
        if self.item(profile) is not None:
            raise KeyringError(KeyringReason.NOT_REMOVED, self.label)


def open_store() -> KeyStore:
    """Return the accepted keyring with the highest priority; may block. Raises KeyringError if there is none."""
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND", "").strip()
    if chosen:
        for accepted in _ACCEPTED:
            if accepted.path == chosen:
                return KeyStore(_guarded(partial(_load, accepted), accepted.label), accepted.label)
        raise KeyringError(KeyringReason.REFUSED, chosen)
    viable: list[tuple[float, KeyringBackend, str]] = []
    for accepted in _ACCEPTED:
        with suppress(KeyringError):  # logged by _guarded
            backend = _guarded(partial(_load, accepted), accepted.label)
            viable.append((float(backend.priority), backend, accepted.label))
    if not viable:
        raise KeyringError(KeyringReason.NONE)
    _priority, backend, label = max(viable, key=lambda choice: choice[0])
    return KeyStore(backend, label)


def with_store(use: Callable[[KeyStore], T], *, limit: float = TIME_LIMIT) -> T:
    """Return `use(store)`, run in a thread, with an open keyring. Raises KeyringError, also after `limit` seconds.

    The limit is needed because any call can block for ever while a prompt is open or a daemon hangs.
    """
    future = daemon_thread.start(lambda: use(open_store()), "keyring")
    try:
        return future.result(limit)
    except TimeoutError:
        raise KeyringError(KeyringReason.TIMED_OUT, "") from None


def _load(accepted: _Backend) -> "KeyringBackend":
    backend: type[KeyringBackend] = getattr(import_module(accepted.module), accepted.class_name)
    backend.priority  # noqa: B018 - the property raises if the back end cannot be used
    return backend()


def _text(backend: "KeyringBackend", profile: str) -> str | None:
    try:
        return backend.get_password(SERVICE, profile)
    except UnicodeDecodeError as error:
        return error.object.decode(errors="replace")


def _count(backend: "KeyringBackend", profile: str) -> int:
    """Return the number of a profile's items; 1 for a back end that does not tell."""
    collection_of = getattr(backend, "get_preferred_collection", None)  # Secret Service
    if collection_of is None:
        return 1
    collection = collection_of()
    with closing(collection.connection):
        return sum(1 for _item in collection.search_items({"service": SERVICE, "username": profile}))


def _guarded(call: Callable[[], T], label: str) -> T:
    """Return the call's result; any exception becomes a KeyringError. Its message may contain keys, and is dropped."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - back ends raise exceptions of many libraries
        log.info("keyring: %s: %s", label, type(error).__name__)
        raise KeyringError(_reason(error), label) from None


def _reason(error: Exception) -> KeyringReason:
    names = {base.__name__ for base in type(error).__mro__}
    if type(error).__name__ == "ItemNotFoundException":  # a dismissed prompt is a subclass
        return KeyringReason.GONE
    # A missing default collection is created, for which the user has to answer a prompt.
    if "InitError" in names and type(error.__cause__).__name__ == "PromptDismissedException":
        return KeyringReason.NO_COLLECTION
    if names & {"KeyringLocked", "LockedException", "PromptDismissedException"}:
        return KeyringReason.LOCKED
    if names & {"InitError", "SecretServiceNotAvailableException", "ConnectionResetError", "ConnectionError"}:
        return KeyringReason.NOT_RUNNING
    if sys.platform == "win32" and "error" in names:
        return KeyringReason.TOO_LONG
    return KeyringReason.BROKEN


def _encode(keys: Keys) -> str:
    """Return the keys as a JSON object; what most accounts do not have is left out."""
    optional = zip(_OPTIONAL, (keys.token, keys.channel), strict=True)
    item = {"public_key": keys.public, "private_key": keys.private.reveal()}
    return json.dumps(item | {name: secret.reveal() for name, secret in optional if secret})


def _decode(value: str, profile: str) -> Keys:
    try:
        item = json.loads(value)
        values = [item["public_key"], item["private_key"], *(item.get(name, "") for name in _OPTIONAL)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        values = [None]
    if not all(isinstance(value, str) for value in values) or not all(values[:2]):
        raise KeyringError(KeyringReason.UNREADABLE, profile)
    public, *secrets = values
    return Keys(public, *map(Secret, secrets))
