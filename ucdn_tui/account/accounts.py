"""Accounts: profiles and their keys, proved, kept, renamed and removed; what screen and command line have in common."""

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
from ucdn_tui.i18n import _
from ucdn_tui.secret import Keys
from ucdn_tui.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx import AsyncBaseTransport

    from ucdn_tui.account.credentials import KeyStore
    from ucdn_tui.account.ucloud_cli import CliProfile
    from ucdn_tui.api.client import UcdnClient

T = TypeVar("T")


class VerifiedKeys(NamedTuple):
    """The API has accepted a pair of keys."""

    projects: tuple[Project, ...] = ()
    """What GetProjectList answered; empty for an account that may not ask."""


class Accounts:
    """What is done with accounts. Whatever fails raises UcdnTuiError; the keyring may take its time, in a thread."""

    def __init__(
        self,
        file: ConfigFile,
        clock: Clock,
        *,
        transport: "Callable[[], AsyncBaseTransport] | None" = None,
        home: Path | None = None,
        only_one: bool = False,
    ) -> None:
        """`transport` makes what carries the requests, where that is not the network; `home` is the user's folder;
        `only_one` says that there is no choice of account, and that nobody is asked for keys, as in the demo.
        """
        self.only_one = only_one
        self._file = file
        self._clock = clock
        self._transport = transport
        self._home = home or Path.home()
        self._public_keys: dict[str | None, str] = {}
        """Of the profiles whose keys were read to sign a request."""

    def config(self) -> Config:
        """Return the profiles that there are; raises ConfigError."""
        return self._file.load()

    def client(self, connection: Connection) -> LazyClient:
        """Return a client of this connection, which reads the keys when it is first asked."""
        return LazyClient(lambda: self._make(connection))

    def public_key(self, connection: Connection) -> str:
        """Return the connection's public key; "" while it has not been read from the keyring."""
        return connection.keys.public if connection.keys else self._public_keys.get(connection.profile, "")

    def connection(self, profile: str) -> Connection:
        """Return the connection of a profile; raises ConfigError, UsageError."""
        return from_profile(self.config(), profile)

    async def verify(self, endpoint: str, keys: Keys) -> VerifiedKeys:
        """Have the API accept the keys; raises ApiError where it does not, or does not answer."""
        try:
            return VerifiedKeys(await self.projects(Connection("", keys, endpoint)))
        except RetCodeError as error:
            if error.code in AUTH_CODES:
                raise
            return VerifiedKeys()

    async def projects(self, connection: Connection) -> tuple[Project, ...]:
        """Return the account's projects; raises ApiError, KeyringError."""
        client = self.client(connection)
        try:
            return tuple(await (await client.get()).get_project_list())
        finally:
            await client.aclose()

    async def keyring(self) -> str:
        """Return what people call the keyring that will keep keys; raises KeyringError."""
        return await _with_store(lambda store: store.label)

    async def save(self, profile: Profile, keys: Keys, *, default: bool = False) -> Connection:
        """Keep the keys in the keyring and the profile in the configuration; neither, where one of them fails."""
        check_name(profile.name)
        known = self.config().profiles.get(profile.name)  # a broken file is found before anything is kept
        if known is not None:  # what the form does not ask for stays as it is
            profile = profile._replace(
                interval=profile.interval or known.interval, window=profile.window or known.window
            )

        def write(store: "KeyStore") -> Keys | None:
            before = store.read(profile.name)
            store.write(profile.name, keys)
            return before

        before = await _with_store(write)
        try:
            self._file.put(profile, default=default)
        except UcdnTuiError:
            await _with_store(lambda store: _restore(store, profile.name, before))
            raise
        return self.connection(profile.name)

    async def remove(self, name: str) -> None:
        """Forget the profile and its keys."""
        self.config()  # where it is broken, the keys stay with their profile
        await self.remove_keys(name)
        self._file.remove(name)

    async def remove_keys(self, name: str) -> None:
        """Forget the profile's keys; its settings stay."""
        await _with_store(lambda store: store.delete(name))

    async def rename(self, name: str, new: str) -> None:
        """Give a profile, and the item with its keys, another name; raises UsageError where that is taken."""
        check_name(new)
        self._known(name)
        if new in self.config().profiles:
            raise UsageError(_("Name taken"), _("There is a profile {name} already.").format(name=new))

        def copy(store: "KeyStore") -> None:
            if keys := store.read(name):
                store.write(new, keys)

        await _with_store(copy)
        try:
            self._file.rename(name, new)
        except UcdnTuiError:
            await self.remove_keys(new)
            raise
        self._public_keys[new] = self._public_keys.pop(name, "")
        await self.remove_keys(name)

    def set_project(self, name: str, project_id: str) -> None:
        """Have the profile watch another project from now on."""
        self._file.put(self._known(name)._replace(project_id=project_id))

    def use(self, name: str) -> None:
        """Make this profile the one that is used where none is named."""
        self._file.set_default(name)

    async def where_keys_are(self, names: Sequence[str]) -> dict[str, str]:
        """Return, for each profile, the keyring that has its keys, "" where none does; raises KeyringError."""
        return await _with_store(lambda store: {name: _place(store, name) for name in names})

    def cli_profiles(self) -> "list[CliProfile]":
        """Return the profiles of the vendor's command-line tool."""
        from ucdn_tui.account.ucloud_cli import read_cli_profiles

        return read_cli_profiles(self._home)

    def _known(self, name: str) -> Profile:
        """Return a profile; raises UsageError where it is gone: somebody else may change the file, too."""
        profile = self.config().profiles.get(name)
        if profile is None:
            raise UsageError(_("No such profile"), _("{name} was removed elsewhere.").format(name=sanitize(name)))
        return profile

    def _make(self, connection: Connection) -> "UcdnClient":
        """Return a client; blocks while the keyring is asked."""
        from ucdn_tui.api.client import UcdnClient

        keys = connection.keys or _read_keys(connection)
        self._public_keys[connection.profile] = keys.public
        return UcdnClient(
            connection.endpoint,
            keys,
            self._clock,
            project_id=connection.project_id,
            transport=self._transport() if self._transport else None,
        )


async def _with_store(use: "Callable[[KeyStore], T]") -> T:
    from ucdn_tui.account.credentials import with_store

    return await daemon_thread.run(lambda: with_store(use), "keyring limit")


def _read_keys(connection: Connection) -> Keys:
    from ucdn_tui.account.credentials import with_store

    name = connection.profile or ""
    keys = with_store(lambda store: store.read(name))
    if keys is None:
        raise NoCredentialsError(
            _("No keys"), _("The keyring has none for the profile {name}.").format(name=name), _("Sign in again.")
        )
    return keys


def _place(store: "KeyStore", name: str) -> str:
    try:
        return store.label if store.read(name) else ""
    except KeyringError as error:
        if error.reason is not KeyringReason.UNREADABLE:
            raise
        return _("unreadable")  # which says nothing of the others


def _restore(store: "KeyStore", name: str, keys: Keys | None) -> None:
    if keys is None:
        store.delete(name)
    else:
        store.write(name, keys)
