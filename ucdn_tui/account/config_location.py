"""Where the configuration file is."""

from pathlib import Path

from ucdn_tui.files import platform_folder


def default_path() -> Path | None:
    """Return the configuration file's path for this platform; None if there is no home folder."""
    from platformdirs import user_config_path

    folder = platform_folder(lambda: user_config_path("ucdn-tui", appauthor=False))
    return folder and folder / "config.toml"
