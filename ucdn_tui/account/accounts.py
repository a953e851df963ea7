"""Accounts: verify, save, rename and remove profiles and their keys; shared by the screen and the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ucdn_tui import daemon_thread
from ucdn_tui.account.config import Config, ConfigFile, Profile, check_name
from ucdn_tui.account.connection import Connection, from_profile
from ucdn_tui.api.lazy import LazyClient
from ucdn_tui.api.models import Project
from ucdn_tui.clock import Clock
from ucdn_tui.errors import (
    AUTH_CODES,
    KeyringError,
    KeyringReason,
    NoCredentialsError,
    RetCodeError,
    UcdnTuiError,
    UsageError,
)
from ucdn_tui.files import home_folder
from ucdn_tui.i18n import _
from ucdn_tui.secret import NO_SECRET, Keys, Secret
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx import AsyncBaseTransport

    from ucdn_tui.account.credentials import KeyStore
    from ucdn_tui.account.ucloud_cli import CliProfiles
    from ucdn_tui.api.client import UcdnClient

T = TypeVar("T")


class VerifiedKeys(NamedTuple):
    """A pair of keys that the API has accepted."""

    projects: tuple[Project, ...] = ()
    """The answer of GetProjectList; empty for an account without permission to call it."""


class Accounts:
    """The profiles in the configuration file, with their keys in the keyring.

    Every method raises UcdnTuiError on failure. Async methods wait for the keyring in a thread, a minute at most.
    """

    def __init__(
        self,
        file: ConfigFile,
        clock: Clock,
        *,
        transport: "Callable[[], AsyncBaseTransport] | None" = None,
        home: Path | None = None,
        only_one: bool = False,
    ) -> None:
        """Use `transport` instead of the network, if given, and `home` as the user's home folder.

        `only_one` means that there is a single account: it cannot be changed, and no keys are asked for (the demo).
        """
        self.only_one = only_one
        self._file = file
        self._clock = clock
        self._transport = transport
        self._home = home or home_folder()
        self._public_keys: dict[str | None, str] = {}
        """By profile; filled when its keys are read to sign a request."""

        self._channels: dict[str | None, Secret] = {}
        """The channel keys, likewise."""

    def config(self) -> Config:
        """Return the configuration as it is on disk now; raises ConfigError."""
        return self._file.load()

    def client(self, connection: Connection) -> LazyClient:
        """Return a client for the connection. It reads the keys when it is first used."""
        return LazyClient(lambda: self._make(connection))

    def public_key(self, connection: Connection) -> str:
        """Return the connection's public key; "" if it has not been read from the keyring yet."""
        return connection.keys.public if connection.keys else self._public_keys.get(connection.profile, "")

    def channel_key(self, connection: Connection) -> Secret:
        """Return the connection's channel key; empty if it has none, or if it has not been read from the keyring."""
        return connection.keys.channel if connection.keys else self._channels.get(connection.profile, NO_SECRET)

    def connection(self, profile: str) -> Connection:
        """Return the connection of a profile; raises ConfigError, UsageError."""
        return from_profile(self.config(), profile)

    async def verify(self, endpoint: str, keys: Keys) -> VerifiedKeys:
        """Check the keys with GetProjectList; raises ApiError if the API rejects them or does not answer.

        Any answer except AUTH_CODES verifies the keys: the API checks the signature first.
        """
        try:
            return VerifiedKeys(await self.projects(Connection("", keys, endpoint)))
        except RetCodeError as error:
            if error.code in AUTH_CODES:
                raise
            return VerifiedKeys()

    async def projects(self, connection: Connection) -> tuple[Project, ...]:
        """Return the account's projects (GetProjectList); raises ApiError, KeyringError."""
        client = self.client(connection)
        try:
            return tuple(await (await client.get()).get_project_list())
        finally:
            await client.aclose()

    async def keyring(self) -> str:
        """Return the display name of the keyring that stores the keys; raises KeyringError."""
        return await _with_store(lambda store: store.label)

    async def save(self, profile: Profile, keys: Keys, *, overwrite: bool = True) -> Connection:
        """Save the keys in the keyring and the profile in the configuration file; return its connection.

        Saves both or neither. The first profile becomes the default. Raises ConfigError, KeyringError; without
        `overwrite` also UsageError, if the keyring has another account's keys under this name.
        """
        check_name(profile.name)
        known = self.config().profiles.get(profile.name)  # a broken file fails before the keyring is changed
        if known is not None:  # the sign-in form does not ask for these
            profile = profile._replace(
                interval=profile.interval or known.interval, window=profile.window or known.window
            )

        def write(store: "KeyStore") -> Secret | None:
            before = store.item(profile.name)
            if not overwrite and before is not None and _public_key(store, profile.name) != keys.public:
                raise _name_taken(profile.name)
            store.write(profile.name, keys)
            return before

        before = await _with_store(write)
        try:
            self._file.put(profile)
        except UcdnTuiError:
            await _with_store(lambda store: store.restore(profile.name, before))
            raise
        return self.connection(profile.name)

    async def remove(self, name: str) -> None:
        """Remove the profile and its keys; raises ConfigError, KeyringError."""
        self.config()  # a broken file fails before the keys are removed
        await self.remove_keys(name)
        self._file.remove(name)

    async def remove_keys(self, name: str) -> None:
        """Remove the profile's keys, not its settings; does nothing if there are none. Raises KeyringError."""
        await _with_store(lambda store: store.delete(name))

    async def rename(self, name: str, new: str) -> None:
        """Rename a profile and the keyring item with its keys.

        Raises UsageError if the new name is taken or the profile is gone, ConfigError if the name is invalid. The name
        counts as taken if the keyring has an item of that name: another configuration may use the same keyring.
        """
        check_name(new)
        self._known(name)
        if new in self.config().profiles:
            words = _("A profile named {name} already exists.")
            raise UsageError(_("Name taken"), words.format(name=new), _("Choose another name."))

        def copy(store: "KeyStore") -> None:
            if store.item(new) is not None:
                raise _name_taken(new)
            if keys := store.read(name):
                store.write(new, keys)

        await _with_store(copy)
        try:
            self._file.rename(name, new)
        except UcdnTuiError:
            await self.remove_keys(new)
            raise
        self._public_keys[new] = self._public_keys.pop(name, "")
        self._channels[new] = self._channels.pop(name, NO_SECRET)
        await self.remove_keys(name)

    def set_project(self, name: str, project_id: str) -> None:
        """Save another project in the profile; raises UsageError if the profile is gone."""
        self._file.put(self._known(name)._replace(project_id=project_id))

    def use(self, name: str) -> None:
        """Make this profile the default; raises UsageError if it is gone."""
        self._known(name)
        self._file.set_default(name)

    async def where_keys_are(self, names: Sequence[str]) -> dict[str, str]:
        """Return each profile's keyring by display name, "" if it has no keys there; raises KeyringError."""
        return await _with_store(lambda store: {name: _place(store, name) for name in names})

    async def saved_channel_key(self, profile: str) -> Secret:
        """Return the channel key in the profile's keyring item; empty if there is none. Raises KeyringError."""
        return await _with_store(lambda store: _channel_key(store, profile))

    def cli_profiles(self) -> "CliProfiles":
        """Return the profiles of the vendor's command-line tool, `ucloud`, and which of its files are unreadable."""
        from ucdn_tui.account.ucloud_cli import read_cli_profiles

        return read_cli_profiles(self._home)

    def _known(self, name: str) -> Profile:
        """Return a profile; raises UsageError if it is gone: another program may have changed the file."""
        profile = self.config().profiles.get(name)
        if profile is None:
            raise UsageError(_("No such profile"), _("{name} was removed elsewhere.").format(name=sanitize(name)))
        return profile

    def _make(self, connection: Connection) -> "UcdnClient":
        """Return a client; blocks while the keyring is read. Raises KeyringError, NoCredentialsError."""
        from ucdn_tui.api.client import UcdnClient

        keys = connection.keys or _read_keys(connection)
        self._public_keys[connection.profile] = keys.public
        self._channels[connection.profile] = keys.channel
        return UcdnClient(
            connection.endpoint,
            keys,
            self._clock,
            project_id=connection.project_id,
            transport=self._transport() if self._transport else None,
        )


def project_to_watch(projects: Sequence[Project]) -> Project | None:
    """Return the account's default project, or its only one; None if it is unclear which one to watch."""
    if len(projects) == 1:
        return projects[0]
    return next((project for project in projects if project.is_default), None)


async def _with_store(use: "Callable[[KeyStore], T]") -> T:
    from ucdn_tui.account.credentials import with_store

    return await daemon_thread.run(lambda: with_store(use), "keyring limit")


def _read_keys(connection: Connection) -> Keys:
    from ucdn_tui.account.credentials import with_store

    name = connection.profile or ""
    keys = with_store(lambda store: store.read(name))
    if keys is None:
        raise NoCredentialsError(
            _("No keys"), _("The keyring has none for profile {name}.").format(name=name), _("Sign in again.")
        )
    return keys


def _name_taken(name: str) -> UsageError:
    """Return the error for an item that is not this configuration's; several may share the keyring."""
    words = _("The keyring already has keys under the name {name}.")
    return UsageError(_("Name taken"), words.format(name=name), _("Choose another name."))


def _channel_key(store: "KeyStore", name: str) -> Secret:
    keys = _readable(store, name)
    return keys.channel if keys else NO_SECRET


def _public_key(store: "KeyStore", name: str) -> str:
    keys = _readable(store, name)
    return keys.public if keys else ""


def _readable(store: "KeyStore", name: str) -> Keys | None:
    """Return the profile's keys, None if there is no item or one that cannot be read."""
    try:
        return store.read(name)
    except KeyringError as error:
        if error.reason is not KeyringReason.UNREADABLE:
            raise
        return None


def _place(store: "KeyStore", name: str) -> str:
    try:
        return store.label if store.read(name) else ""
    except KeyringError as error:
        if error.reason is not KeyringReason.UNREADABLE:
            raise
        return _("unreadable")  # only this item; the others may be fine
