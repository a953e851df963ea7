"""Preferences in a file that other users can change, and in one that cannot be read."""

import grp
import os
import pwd
import time
from pathlib import Path

import pytest

from account.config_files import FILE
from support.program import PROGRAM, ServerTime, served
from support.terminals.terminal import StartTerminal
from ucdn_tui.account.config import ConfigFile, Profile
from ucdn_tui.account.preferences import Notify, Preferences
from ucdn_tui.simulator.account import Account


class TestConfigurationFile:
    def test_preferences_are_loaded_beside_the_profiles(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_text(FILE, encoding="utf-8")
        config = ConfigFile(path).load()
        assert config.preferences == Preferences(
            keys={"find.sort": "z", "app.leave": "x,ctrl+x"},
            notify=Notify(bell=False),
            on_finish=("notify-send", "done"),
            links=False,
        )
        assert list(config.profiles) == ["work"]

    def test_saving_a_profile_preserves_the_preferences(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_text(FILE, encoding="utf-8")
        before = ConfigFile(path).load().preferences
        ConfigFile(path).put(Profile("new"), default=True)
        assert ConfigFile(path).load().preferences == before
        assert "# mine" in path.read_text(encoding="utf-8")

    def test_file_with_an_invalid_preference_can_be_changed(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_text(FILE.replace("links = false", "links = 'no'"), encoding="utf-8")
        ConfigFile(path).put(Profile("new"))
        config = ConfigFile(path).load()
        assert list(config.profiles) == ["work", "new"]
        assert config.preferences.problems == ("links: Must be true or false.",)


class TestFileThatOthersCanChange:
    @pytest.fixture
    def path(self) -> Path:
        folder = Path.home() / ".config" / "ucdn-tui"
        folder.mkdir(parents=True, mode=0o700)
        (folder / "config.toml").write_text(FILE, encoding="utf-8")
        return folder / "config.toml"

    @staticmethod
    def assert_refused(path: Path, place: Path) -> None:
        preferences = ConfigFile(path).load().preferences
        assert preferences.on_finish == ()
        words = f"on_finish is not run: other users can change {place}. Make it yours (chown), and chmod go-w."
        assert preferences.problems == (words,)
        assert not preferences.links, "the other settings apply"

    def test_own_file_is_trusted(self, path: Path) -> None:
        assert ConfigFile(path).load().preferences.on_finish == ("notify-send", "done")

    @pytest.mark.parametrize("mode", [0o602, 0o666, 0o777])
    def test_writable_file_is_not_trusted(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        self.assert_refused(path, path)

    def test_group_is_trusted_if_it_is_the_users_own(self, path: Path) -> None:
        own = grp.getgrgid(os.getegid())
        path.chmod(0o664)
        if own.gr_name == pwd.getpwuid(os.geteuid()).pw_name and not own.gr_mem:
            assert ConfigFile(path).load().preferences.on_finish
        else:
            self.assert_refused(path, path)

    @pytest.mark.parametrize("level", [0, 1, 2])
    def test_writable_folder_is_not_trusted(self, path: Path, level: int) -> None:
        folder = path.parents[level]
        folder.chmod(0o777)
        self.assert_refused(path, folder)
        folder.chmod(0o1777)  # nobody else can rename what is in it
        assert ConfigFile(path).load().preferences.on_finish

    def test_another_users_file_is_not_trusted(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        try:
            os.chown(path, 12345, -1)
        except PermissionError:  # only root can give files away
            monkeypatch.setattr(os, "geteuid", lambda: 12345)
        self.assert_refused(path, path)

    def test_target_of_a_link_counts(self, path: Path, tmp_path: Path) -> None:
        target = tmp_path / "dotfiles.toml"
        path.rename(target)
        path.symlink_to(target)
        assert ConfigFile(path).load().preferences.on_finish
        target.chmod(0o666)
        self.assert_refused(path, path)

    def test_command_is_not_run_and_the_screen_says_why(self, terminal: StartTerminal, path: Path) -> None:
        ran = path.parent / "ran"
        server_time = ServerTime()
        simulated = Account(server_time, seed=1)
        simulated.add("refresh", ["https://cdn.test/one-1.jpg"], created=time.time(), queue=0, work=3600)
        path.write_text(f'on_finish = ["touch", "{ran}"]\n', encoding="utf-8")
        path.chmod(0o666)
        with served(simulated) as variables:
            program = terminal([PROGRAM, "--interval", "1s"], env=variables)
            program.wait_for("on_finish is not run: other users can change")
            program.wait_for("running")
            server_time.pass_time(3600)
            program.wait_for(r"success +\d")
            program.wait_for("finished")
            program.send("q")
            assert program.exit_status() == 0
        assert not ran.exists()
