"""Profiles and their keys, saved, renamed and removed together, in a real keyring and a real file."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from support.clock import FakeClock
from support.keyring import SecretService, no_bus
from support.screen.sign_in import config_file, write_config
from ucdn_tui.account.accounts import Accounts
from ucdn_tui.account.config import ConfigFile, Profile
from ucdn_tui.account.config_location import default_path
from ucdn_tui.account.connection import Connection
from ucdn_tui.errors import ConfigError, KeyringError, NoCredentialsError, RetCodeError, TransportError, UsageError
from ucdn_tui.secret import Keys, Secret
from ucdn_tui.simulator.account import Account
from ucdn_tui.simulator.actions.service import Service
from ucdn_tui.simulator.transport import SimulatorTransport

KEYS = Keys("public", Secret("private"))
OTHERS = Keys("others", Secret("secret"))
ENDPOINT = "https://api.example.com"
WORK = Profile("work", ENDPOINT, "org-one")


@pytest.fixture
def home() -> Path:
    return Path.home()


@pytest.fixture
def accounts(secret_service: SecretService, clock: FakeClock) -> Accounts:
    return Accounts(ConfigFile(default_path()), clock)


def names(service: SecretService) -> set[str]:
    return set(service.items())


def answering(ret_code: int, clock: FakeClock) -> Accounts:
    """Return accounts whose API answers every call with this RetCode."""
    answer = {"RetCode": ret_code, "Message": "as it came", "Action": "GetProjectListResponse"}
    carrier = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    return Accounts(ConfigFile(default_path()), clock, transport=lambda: carrier)


class TestVerify:
    @pytest.mark.parametrize("code", [170, 171, 172, 174])
    async def test_auth_ret_codes_reject_the_keys(self, clock: FakeClock, code: int) -> None:
        with pytest.raises(RetCodeError) as caught:
            await answering(code, clock).verify(ENDPOINT, KEYS)
        assert caught.value.code == code

    @pytest.mark.parametrize("code", [299, 230, 153, 161, 292, 294, 295, 110, 150, 5000])
    async def test_any_other_ret_code_accepts_the_keys(self, clock: FakeClock, code: int) -> None:
        assert (await answering(code, clock).verify(ENDPOINT, KEYS)).projects == ()

    async def test_no_answer_raises_a_transport_error(self, clock: FakeClock) -> None:
        with pytest.raises(TransportError):
            await Accounts(ConfigFile(default_path()), clock).verify("http://127.0.0.1:9", KEYS)

    async def test_verified_keys_come_with_the_projects(self, clock: FakeClock) -> None:
        simulated = Account(clock.server_now, seed=1)
        carrier = SimulatorTransport(Service(simulated))
        accounts = Accounts(ConfigFile(default_path()), clock, transport=lambda: carrier)
        keys = Keys(simulated.public_key, Secret(simulated.private_key))
        verified = await accounts.verify(ENDPOINT, keys)
        assert [(project.id, project.is_default) for project in verified.projects] == [
            ("org-main01", True),
            ("org-side02", False),
        ]


class TestSave:
    async def test_saving_preserves_interval_and_window(self, accounts: Accounts) -> None:
        file = ConfigFile(default_path())
        file.put(Profile("work", ENDPOINT, "org-one", interval=10.0, window=604800.0))
        connection = await accounts.save(Profile("work", ENDPOINT, "org-two"), KEYS)
        assert (connection.project_id, connection.interval, connection.window) == ("org-two", 10.0, 604800.0)

    async def test_keys_go_to_the_keyring_and_settings_to_the_file(
        self, accounts: Accounts, secret_service: SecretService, home: Path
    ) -> None:
        connection = await accounts.save(WORK, KEYS)
        assert connection == Connection("work", None, ENDPOINT, "org-one", "work")
        assert secret_service.keys("work") == {"public_key": "public", "private_key": "private"}
        text = config_file(home).read_text(encoding="utf-8")
        assert "private" not in text
        assert "public" not in text

    @pytest.mark.parametrize("before", [None, OTHERS], ids=["new", "known"])
    async def test_failed_file_write_restores_the_keyring(
        self, secret_service: SecretService, clock: FakeClock, before: Keys | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ConfigError("full")

        accounts = Accounts(ConfigFile(default_path()), clock)
        if before:
            await accounts.save(WORK, before)
        monkeypatch.setattr(ConfigFile, "put", fail)
        with pytest.raises(ConfigError):
            await accounts.save(WORK, KEYS)
        expected = {"public_key": "others", "private_key": "secret"} if before else None
        assert secret_service.keys("work") == expected

    @pytest.mark.parametrize("item", ['{"public_key": "others", "private_key": "secret"}', "no JSON"])
    async def test_import_does_not_overwrite_another_accounts_item(
        self, accounts: Accounts, secret_service: SecretService, item: str
    ) -> None:
        secret_service.put("work", item)
        with pytest.raises(UsageError, match="The keyring already has keys under the name work"):
            await accounts.save(WORK, KEYS, overwrite=False)
        assert secret_service.items() == {"work": item}
        assert accounts.config().profiles == {}
        await accounts.save(WORK, KEYS)
        await accounts.save(WORK, Keys("public", Secret("newer")), overwrite=False)
        assert secret_service.keys("work") == {"public_key": "public", "private_key": "newer"}

    async def test_unreadable_item_is_replaced_or_restored(
        self, accounts: Accounts, secret_service: SecretService
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ConfigError("full")

        secret_service.put("work", "no JSON")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ConfigFile, "put", fail)
            with pytest.raises(ConfigError):
                await accounts.save(WORK, KEYS)
        assert secret_service.items() == {"work": "no JSON"}
        await accounts.save(WORK, KEYS)
        assert secret_service.keys("work") == {"public_key": "public", "private_key": "private"}

    async def test_broken_file_or_invalid_name_leaves_the_keyring_unchanged(
        self, accounts: Accounts, secret_service: SecretService, home: Path
    ) -> None:
        with pytest.raises(ConfigError):
            await accounts.save(Profile("\x1b[2J"), KEYS)
        write_config(home, "broken = ")
        with pytest.raises(ConfigError):
            await accounts.save(WORK, KEYS)
        assert secret_service.count() == 0

    async def test_missing_keyring_saves_no_profile(
        self, clock: FakeClock, home: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in no_bus(short_folder).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(KeyringError):
            await Accounts(ConfigFile(default_path()), clock).save(WORK, KEYS)
        assert not config_file(home).exists()


class TestRenameAndRemove:
    async def test_keyring_item_is_renamed_and_removed_with_the_profile(
        self, accounts: Accounts, secret_service: SecretService
    ) -> None:
        await accounts.save(WORK, KEYS)
        await accounts.save(Profile("home"), OTHERS)
        await accounts.rename("work", "job")
        assert names(secret_service) == {"job", "home"}
        assert secret_service.keys("job") == {"public_key": "public", "private_key": "private"}
        assert accounts.config().profiles["job"] == Profile("job", ENDPOINT, "org-one")
        assert accounts.config().default == "job"
        await accounts.remove("job")
        assert names(secret_service) == {"home"}
        assert set(accounts.config().profiles) == {"home"}

    async def test_rename_to_an_existing_name_is_refused(
        self, accounts: Accounts, secret_service: SecretService
    ) -> None:
        await accounts.save(WORK, KEYS)
        await accounts.save(Profile("home"), OTHERS)
        with pytest.raises(UsageError, match="A profile named home already exists"):
            await accounts.rename("work", "home")
        assert secret_service.keys("home") == {"public_key": "others", "private_key": "secret"}
        assert names(secret_service) == {"work", "home"}

    @pytest.mark.parametrize("has_keys", [True, False])
    async def test_rename_to_the_name_of_another_configurations_item_is_refused(
        self, accounts: Accounts, secret_service: SecretService, home: Path, has_keys: bool
    ) -> None:
        """Containers and other values of XDG_CONFIG_HOME share the keyring."""
        if has_keys:
            await accounts.save(WORK, KEYS)
        else:
            write_config(home, "[profiles.work]\n")
        secret_service.put_keys("prod", "others", "secret")
        with pytest.raises(UsageError, match="The keyring already has keys under the name prod"):
            await accounts.rename("work", "prod")
        assert secret_service.keys("prod") == {"public_key": "others", "private_key": "secret"}
        assert ("work" in names(secret_service)) is has_keys
        assert set(accounts.config().profiles) == {"work"}

    async def test_profile_without_keys_can_be_renamed_and_removed(
        self, accounts: Accounts, secret_service: SecretService, home: Path
    ) -> None:
        write_config(home, "[profiles.work]\n")
        await accounts.rename("work", "job")
        assert secret_service.count() == 0
        await accounts.remove("job")
        assert accounts.config().profiles == {}

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda accounts: accounts.rename("work", "job"), id="rename"),
            pytest.param(lambda accounts: accounts.remove("work"), id="remove"),
        ],
    )
    async def test_broken_file_leaves_the_keys_unchanged(
        self, accounts: Accounts, secret_service: SecretService, home: Path, change: Callable[[Accounts], object]
    ) -> None:
        await accounts.save(WORK, KEYS)
        write_config(home, "broken = ")
        with pytest.raises(ConfigError):
            await change(accounts)
        assert names(secret_service) == {"work"}

    async def test_failed_rename_leaves_no_second_item(
        self, accounts: Accounts, secret_service: SecretService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise ConfigError("full")

        await accounts.save(WORK, KEYS)
        monkeypatch.setattr(ConfigFile, "rename", fail)
        with pytest.raises(ConfigError):
            await accounts.rename("work", "job")
        assert names(secret_service) == {"work"}

    async def test_profile_removed_elsewhere_is_reported(
        self, accounts: Accounts, secret_service: SecretService
    ) -> None:
        with pytest.raises(UsageError, match="gone was removed elsewhere"):
            accounts.set_project("gone", "org-two")
        with pytest.raises(UsageError, match="gone was removed elsewhere"):
            await accounts.rename("gone", "new")
        await accounts.remove("gone")
        assert secret_service.count() == 0

    async def test_remove_keys_leaves_the_settings(self, accounts: Accounts, secret_service: SecretService) -> None:
        await accounts.save(WORK, KEYS)
        await accounts.remove_keys("work")
        assert await accounts.where_keys_are(["work", "missing"]) == {"work": "", "missing": ""}
        assert accounts.config().profiles == {"work": WORK}
        client = accounts.client(accounts.connection("work"))
        with pytest.raises(NoCredentialsError, match="none for profile work"):
            await client.get()
        await client.aclose()


async def test_set_project_leaves_other_settings_unchanged(accounts: Accounts, home: Path) -> None:
    write_config(home, '# mine\n[profiles.work]\nproject_id = "org-one"\ninterval = "10s"\nmine = 1\n')
    accounts.set_project("work", "org-two")
    assert accounts.config().profiles["work"] == Profile("work", project_id="org-two", interval=10.0)
    text = config_file(home).read_text(encoding="utf-8")
    assert "mine = 1" in text
    assert text.startswith("# mine\n")


async def test_client_reads_its_profiles_keys_on_first_use(
    secret_service: SecretService, clock: FakeClock, home: Path
) -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, json={"RetCode": 0, "ProjectSet": []})

    accounts = Accounts(ConfigFile(default_path()), clock, transport=lambda: httpx.MockTransport(answer))
    write_config(home, f'[profiles.one]\nendpoint = "{ENDPOINT}"\n[profiles.two]\nendpoint = "{ENDPOINT}"\n')
    client = accounts.client(accounts.connection("two"))
    secret_service.put_keys("one", "public-one", "private-one")
    secret_service.put_keys("two", "public-two", "private-two")
    await (await client.get()).get_project_list()
    await client.aclose()
    assert b"PublicKey=public-two" in seen[0]
