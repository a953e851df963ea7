"""Keys in a real keyring: saved, read and deleted; and the choice of its back end."""

import json
import subprocess
import sys
from collections.abc import Callable

import keyring.core
import pytest

from support import PATIENCE, clean_environment
from support.keyring import SecretService
from ucdn_tui.account import credentials
from ucdn_tui.account.credentials import KeyStore, open_store, with_store
from ucdn_tui.errors import KeyringError, KeyringReason
from ucdn_tui.secret import Keys, Secret

PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
KEYS = Keys("public", Secret(PRIVATE_KEY))

Use = Callable[[KeyStore], object]


@pytest.fixture(autouse=True)
def library_has_not_chosen_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)


def fault_of(use: Use, limit: float = PATIENCE) -> KeyringError:
    """Return the KeyringError that this raises; its message must be complete and without the key."""
    with pytest.raises(KeyringError) as caught:
        with_store(use, limit=limit)
    error = caught.value
    assert error.title
    assert error.advice
    assert str(error).isprintable()
    assert PRIVATE_KEY not in repr(error) + str(error)
    return error


class TestRealKeyring:
    def test_saved_keys_are_read_back_also_by_another_process(self, secret_service: SecretService) -> None:
        with_store(lambda store: store.write("work", KEYS))
        assert with_store(lambda store: store.read("work")) == KEYS
        code = "import keyring; print(keyring.get_password('ucdn-tui', 'work'))"
        environment = clean_environment(secret_service.environment)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
        assert json.loads(done.stdout) == {"public_key": "public", "private_key": PRIVATE_KEY}

    def test_security_token_and_channel_key_are_in_the_same_item(self, secret_service: SecretService) -> None:
        keys = KEYS._replace(token=Secret("token"), channel=Secret("channel"))
        with_store(lambda store: store.write("work", keys))
        assert secret_service.count() == 1
        assert secret_service.keys("work") == {
            "public_key": "public",
            "private_key": PRIVATE_KEY,
            "security_token": "token",
            "channel_key": "channel",
        }
        assert with_store(lambda store: store.read("work")) == keys

    def test_item_of_an_older_version_is_read(self, secret_service: SecretService) -> None:
        secret_service.put_keys("work", "public", PRIVATE_KEY)
        assert with_store(lambda store: store.read("work")) == KEYS

    def test_each_profile_has_one_item_which_is_replaced(self, secret_service: SecretService) -> None:
        for profile, keys in (("work", KEYS), ("home", KEYS), ("work", Keys("new", Secret("newer")))):
            with_store(lambda store, profile=profile, keys=keys: store.write(profile, keys))
        assert secret_service.keys("work") == {"public_key": "new", "private_key": "newer"}
        assert set(secret_service.items()) == {"work", "home"}
        assert secret_service.count() == 2

    def test_deleting_twice_removes_only_that_profile(self, secret_service: SecretService) -> None:
        for profile in ("work", "home"):
            with_store(lambda store, profile=profile: store.write(profile, KEYS))
        for _ in range(2):
            with_store(lambda store: store.delete("work"))
        assert set(secret_service.items()) == {"home"}
        assert with_store(lambda store: store.read("work")) is None

    def test_deleting_removes_each_of_several_items(self, secret_service: SecretService) -> None:
        for more in ({}, {"copied": "once"}, {"copied": "twice"}):
            secret_service.put("work", "{}", **more)
        secret_service.put_keys("home", "a", "b")
        assert secret_service.count() == 4
        with_store(lambda store: store.delete("work"))
        assert set(secret_service.items()) == {"home"}
        assert secret_service.count() == 1

    def test_keys_hidden_by_another_item_are_reported(self, secret_service: SecretService) -> None:
        from keyring.backends.SecretService import Keyring

        class OtherFirst(Keyring):
            """Returns the other item first; gnome-keyring itself returns the newest one."""

            def get_password(self, _service: str, _username: str) -> str:
                return "{}"

        secret_service.put_keys("work", "others", "secret")
        secret_service.put("work", "{}", copied="once")
        with pytest.raises(KeyringError) as caught:
            KeyStore(OtherFirst(), "a keyring").write("work", KEYS)
        assert caught.value.reason is KeyringReason.SEVERAL
        assert "ucdn-tui logout" in caught.value.advice

    @pytest.mark.parametrize("profile", ["工作", "[b]x[/]", "a b", "x" * 64, "'\"\\"])
    def test_any_profile_name_works(self, secret_service: SecretService, profile: str) -> None:
        with_store(lambda store: store.write(profile, KEYS))
        assert set(secret_service.items()) == {profile}
        assert with_store(lambda store: store.read(profile)) == KEYS

    @pytest.mark.parametrize("value", ["x" * 20_000, "ключ 密钥 \U0001f511", '"}{', "\\u0000"])
    def test_any_key_works(self, secret_service: SecretService, value: str) -> None:
        keys = Keys(value, Secret(value[::-1]))
        with_store(lambda store: store.write("work", keys))
        assert with_store(lambda store: store.read("work")) == keys

    @pytest.mark.parametrize(
        "value",
        [
            *("", "no JSON", "[]", "null", '"x"', "{}", '{"public_key": "a"}', '{"public_key": 1, "private_key": 2}'),
            '{"public_key": "a", "private_key": "b", "channel_key": null}',
            '{"public_key": "", "private_key": "b"}',
            '{"public_key": "a", "private_key": ""}',
            *(b"\xff\xfe\x00\x80", '{"public_key": "é", "private_key": "b"'.encode("latin-1")),
        ],
    )
    def test_invalid_item_is_reported_and_can_be_replaced(
        self, secret_service: SecretService, value: str | bytes
    ) -> None:
        secret_service.put("work", value)
        error = fault_of(lambda store: store.read("work"))
        assert error.reason is KeyringReason.UNREADABLE
        assert "work" in str(error)
        with_store(lambda store: store.write("work", KEYS))
        assert with_store(lambda store: store.read("work")) == KEYS

    @pytest.mark.parametrize("value", ["no JSON", b"\xff"])
    def test_invalid_item_can_be_deleted(self, secret_service: SecretService, value: str | bytes) -> None:
        secret_service.put("work", value)
        with_store(lambda store: store.delete("work"))
        assert secret_service.items() == {}

    def test_label_is_the_display_name(self, secret_service: SecretService) -> None:
        assert with_store(lambda store: store.label) == "Secret Service"


class TestChoiceOfBackEnd:
    @pytest.mark.parametrize(
        "name",
        ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "keyring.backends.chainer.ChainerBackend",
         "plaintextkeyring.PlainText", "no.such.Thing", "nonsense", "keyring.backends.SecretService.Nobody"],
    )  # fmt: skip
    def test_unaccepted_back_end_is_refused_by_name(
        self, secret_service: SecretService, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        error = fault_of(lambda store: store.write("work", KEYS))
        assert error.reason is KeyringReason.REFUSED
        assert name in str(error)
        assert "PYTHON_KEYRING_BACKEND" in str(error)
        assert "Unset it" in error.advice
        assert secret_service.items() == {}

    def test_accepted_back_end_can_be_chosen(
        self, secret_service: SecretService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", " keyring.backends.SecretService.Keyring ")
        with_store(lambda store: store.write("work", KEYS))
        assert secret_service.keys("work")
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.macOS.Keyring")
        error = fault_of(lambda store: store.read("work"))
        assert "macOS Keychain" in str(error)

    def test_accepted_back_ends(self) -> None:
        assert {backend.path for backend in credentials._ACCEPTED} == {
            "keyring.backends.macOS.Keyring",
            "keyring.backends.Windows.WinVaultKeyring",
            "keyring.backends.SecretService.Keyring",
            "keyring.backends.libsecret.Keyring",
            "keyring.backends.kwallet.DBusKeyring",
        }

    def test_open_store_finds_the_secret_service(self, secret_service: SecretService) -> None:
        assert open_store().label == "Secret Service"


class FakeBackEnd:
    """A back end that raises `error`, or has `value` in every item, which it does not delete."""

    def __init__(self, error: BaseException | None = None, value: str | None = None) -> None:
        self.error, self.value = error, value

    def get_password(self, *_: str) -> str | None:
        if self.error:
            raise self.error
        return self.value

    def set_password(self, *_: str) -> None:
        if self.error:
            raise self.error

    def delete_password(self, *_: str) -> None:
        pass


def test_keys_that_stay_after_their_deletion_are_reported() -> None:
    with pytest.raises(KeyringError) as caught:
        KeyStore(FakeBackEnd(value="{}"), "a keyring").delete("work")
    assert caught.value.reason is KeyringReason.NOT_REMOVED


def test_item_that_another_program_deletes_meanwhile_is_no_failure() -> None:
    from keyring.errors import PasswordDeleteError

    class FasterBackEnd(FakeBackEnd):
        def delete_password(self, *_: str) -> None:
            self.value = None
            raise PasswordDeleteError

    KeyStore(FasterBackEnd(value="{}"), "a keyring").delete("work")


@pytest.mark.parametrize("stored", [None, json.dumps({"public_key": "public", "private_key": "another"})])
def test_keyring_that_does_not_save_the_keys_is_reported(stored: str | None) -> None:
    store = KeyStore(FakeBackEnd(value=stored), "a keyring")
    with pytest.raises(KeyringError) as caught:
        store.write("work", KEYS)
    assert caught.value.reason is KeyringReason.NOT_SAVED
    assert str(caught.value) == str(KeyringError(caught.value.reason, "a keyring"))


def test_any_exception_becomes_a_keyring_error_without_the_keys() -> None:
    from keyring.errors import InitError, KeyringLocked, PasswordDeleteError
    from secretstorage.exceptions import (
        ItemNotFoundException,
        LockedException,
        PromptDismissedException,
        SecretServiceNotAvailableException,
    )

    reasons = {
        KeyringReason.LOCKED: [KeyringLocked, LockedException, PromptDismissedException],
        KeyringReason.GONE: [ItemNotFoundException],
        KeyringReason.NOT_RUNNING: [InitError, SecretServiceNotAvailableException, ConnectionResetError],
        KeyringReason.BROKEN: [PasswordDeleteError, ValueError, ModuleNotFoundError, RuntimeError, TypeError],
    }
    for reason, kinds in reasons.items():
        for kind in kinds:
            store = KeyStore(FakeBackEnd(kind(f"while {PRIVATE_KEY} was saved")), "a keyring")
            with pytest.raises(KeyringError) as caught:
                store.write("work", KEYS)
            assert caught.value.reason is reason, kind
            assert PRIVATE_KEY not in str(caught.value) + repr(caught.value.__cause__)
            assert caught.value.__suppress_context__
