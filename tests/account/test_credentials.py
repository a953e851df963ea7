"""Keys in a real keyring, and each way in which a keyring can fail, with a real one that does."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import keyring.core
import pytest

from support import PATIENCE, clean_environment
from support.keyring import SecretService, mute_bus, no_bus, plain_text_back_end
from ucdn_tui.account import credentials
from ucdn_tui.account.credentials import KeyStore, open_store, with_store
from ucdn_tui.errors import KeyringError, KeyringReason
from ucdn_tui.secret import Keys, Secret

PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
KEYS = Keys("public", Secret(PRIVATE_KEY))

SHORT = 0.3
"""Seconds to wait for what never answers."""

Use = Callable[[KeyStore], object]


@pytest.fixture(autouse=True)
def library_has_not_chosen_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)


def fault_of(use: Use, limit: float = PATIENCE) -> KeyringError:
    """Return the error that this ends with: with words, which do not hold the key."""
    with pytest.raises(KeyringError) as caught:
        with_store(use, limit=limit)
    error = caught.value
    assert error.title
    assert error.sentence
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
        ["", "no JSON", "[]", "null", '"x"', "{}", '{"public_key": "a"}', '{"public_key": 1, "private_key": 2}'],
    )
    def test_invalid_item_is_reported_and_can_be_replaced(self, secret_service: SecretService, value: str) -> None:
        secret_service.put("work", value)
        error = fault_of(lambda store: store.read("work"))
        assert error.reason is KeyringReason.UNREADABLE
        assert "work" in str(error)
        with_store(lambda store: store.write("work", KEYS))
        assert with_store(lambda store: store.read("work")) == KEYS

    def test_invalid_item_can_be_deleted(self, secret_service: SecretService) -> None:
        secret_service.put("work", "no JSON")
        with_store(lambda store: store.delete("work"))
        assert secret_service.items() == {}

    def test_label_is_the_display_name(self, secret_service: SecretService) -> None:
        assert with_store(lambda store: store.label) == "Secret Service"


FAILING = f"""
import json
from ucdn_tui.secret import *
limit = float(sys.argv[1])
keys = Keys("public", Secret({PRIVATE_KEY!r}))
for name, use in dict(
    read=lambda store: store.read("work"),
    write=lambda store: store.write("work", keys),
    delete=lambda store: store.delete("work"),
).items():
    try:
        with_store(use, limit=limit)
    except KeyringError as error:
        print(json.dumps([error.reason, error.title, error.sentence, error.advice]))
    else:
        print(json.dumps([name, "worked"]))
"""
"""In a process of its own, as the library leaves sockets open when it fails."""


def the_fault(environment: Mapping[str, str], limit: float = PATIENCE) -> tuple[str, str]:
    """Return the reason for which each of the three fails, always the same, and the words."""
    faults = [json.loads(line) for line in in_a_child(FAILING, environment, str(limit)).splitlines()]
    assert len(faults) == 3
    assert faults[0] == faults[1] == faults[2]
    reason, *words = faults[0]
    assert all(words)
    assert PRIVATE_KEY not in "".join(words)
    return reason, " ".join(words)


class TestFailingKeyring:
    def test_missing_bus(self, short_folder: Path) -> None:
        reason, words = the_fault(no_bus(short_folder))
        assert reason == KeyringReason.NONE
        assert "No keyring runs here that keys could be kept in." in words
        assert the_fault({}) == (reason, words)

    def test_bus_that_never_answers(self, short_folder: Path) -> None:
        with mute_bus(short_folder) as environment:
            reason, words = the_fault(environment, SHORT)
        assert reason == KeyringReason.TIMED_OUT
        assert "Keyring does not answer" in words

    def test_bus_that_closes_connections(self, short_folder: Path) -> None:
        with mute_bus(short_folder, hangs_up=True) as environment:
            assert the_fault(environment)[0] == KeyringReason.NONE

    def test_bus_without_a_keyring(self, secret_service: SecretService) -> None:
        secret_service.kill()
        assert the_fault(secret_service.environment)[0] == KeyringReason.NONE

    def test_locked_keyring(self, secret_service: SecretService) -> None:
        secret_service.put_keys("work", "public", PRIVATE_KEY)
        secret_service.lock()
        reason, words = the_fault(secret_service.environment)
        assert reason == KeyringReason.LOCKED
        assert "Secret Service is locked. Unlock it, and try again." in words

    def test_stopped_daemon(self, secret_service: SecretService) -> None:
        with secret_service.stopped():
            reason, words = the_fault(secret_service.environment, SHORT)
        assert reason == KeyringReason.TIMED_OUT
        assert "Or go on for this session only" in words

    def test_daemon_that_dies_before_a_read(self, secret_service: SecretService) -> None:
        code = (
            "import signal\n"
            "def use(store):\n"
            "    os.kill(int(sys.argv[1]), signal.SIGKILL)\n"
            "    return store.read('work')\n"
            "try: with_store(use)\n"
            "except KeyringError as error: print(error.reason)"
        )
        said = in_a_child(code, secret_service.environment, str(secret_service.pid))
        assert said == KeyringReason.NOT_RUNNING

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


def in_a_child(code: str, environment: Mapping[str, str], *arguments: str) -> str:
    """Run code in a process whose keyring library has looked at nothing yet; return what it prints."""
    source = f"import os, sys\nfrom ucdn_tui.account.credentials import *\nfrom ucdn_tui.errors import *\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(environment),
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestPlainTextBackEnd:
    """One that the library itself would use before any other."""

    def test_plain_text_back_end_is_named_but_never_used(self, tmp_path: Path, short_folder: Path) -> None:
        environment = {**plain_text_back_end(tmp_path), **no_bus(short_folder)}
        chosen = "import keyring; print(keyring.get_keyring().__class__.__name__)"
        assert in_a_child(chosen, environment) == "PlainText", "the library has not found it"
        code = (
            "from ucdn_tui.secret import *\n"
            "try: with_store(lambda store: store.write('work', Keys('public', Secret('private'))))\n"
            "except KeyringError as error: print(error.reason, error)"
        )
        said = in_a_child(code, environment)
        assert said.startswith("none ")
        assert "There is only plaintextkeyring.PlainText, which does not protect what it keeps." in said
        assert not (Path.home() / "plain-text.json").exists()

    def test_real_keyring_is_used_beside_a_plain_text_back_end(
        self, tmp_path: Path, secret_service: SecretService
    ) -> None:
        environment = {**plain_text_back_end(tmp_path), **secret_service.environment}
        chosen = "import keyring; print(keyring.get_keyring().__class__.__name__)"
        assert in_a_child(chosen, environment) == "ChainerBackend", "the library has not found both"
        code = (
            "from ucdn_tui.secret import *\n"
            "with_store(lambda store: store.write('work', Keys('public', Secret('private'))))\n"
            "print(with_store(lambda store: store.label))"
        )
        assert in_a_child(code, environment) == "Secret Service"
        assert secret_service.keys("work") == {"public_key": "public", "private_key": "private"}
        assert not (Path.home() / "plain-text.json").exists()


class Pretending:
    """A back end that fails as its makers' ones do."""

    def __init__(self, error: BaseException | None = None, value: str | None = None) -> None:
        self.error, self.value = error, value

    def get_password(self, *_: str) -> str | None:
        if self.error:
            raise self.error
        return self.value

    def set_password(self, *_: str) -> None:
        if self.error:
            raise self.error


@pytest.mark.parametrize("kept", [None, json.dumps({"public_key": "public", "private_key": "another"})])
def test_keyring_that_does_not_save_the_keys_is_reported(kept: str | None) -> None:
    store = KeyStore(Pretending(value=kept), "a keyring")
    with pytest.raises(KeyringError) as caught:
        store.write("work", KEYS)
    assert caught.value.reason is KeyringReason.NOT_KEPT
    assert "a keyring took the keys, but does not have them" in str(caught.value)


def test_any_exception_becomes_a_keyring_error_without_the_keys() -> None:
    from keyring.errors import InitError, KeyringLocked, PasswordDeleteError
    from secretstorage.exceptions import LockedException, PromptDismissedException, SecretServiceNotAvailableException

    reasons = {
        KeyringReason.LOCKED: [KeyringLocked, LockedException, PromptDismissedException],
        KeyringReason.NOT_RUNNING: [InitError, SecretServiceNotAvailableException, ConnectionResetError],
        KeyringReason.BROKEN: [PasswordDeleteError, ValueError, ModuleNotFoundError, RuntimeError, TypeError],
    }
    for reason, kinds in reasons.items():
        for kind in kinds:
            store = KeyStore(Pretending(kind(f"while {PRIVATE_KEY} was kept")), "a keyring")
            with pytest.raises(KeyringError) as caught:
                store.write("work", KEYS)
            assert caught.value.reason is reason, kind
            assert PRIVATE_KEY not in str(caught.value) + repr(caught.value.__cause__)
            assert caught.value.__suppress_context__


def test_accepted_back_ends() -> None:
    assert {backend.path for backend in credentials._ACCEPTED} == {
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
    }


def test_open_store_finds_the_secret_service(secret_service: SecretService) -> None:
    assert open_store().label == "Secret Service"
