"""A whole configuration file, and files with a given text."""

from pathlib import Path

from ucdn_tui.account.config import ConfigFile

FULL = """\
# mine
default = "work"  # the usual one
theme = "nord"

[profiles.work]
endpoint = "https://api.ucloud.cn"
project_id = "org-one"  # the big one
interval = "5s"
window = "7d"
colour = "red"

[profiles."with space"]
endpoint = "https://api.surfercloud.com"

[keys]
quit = "x"
"""


FILE = """\
on_finish = "notify-send done"  # mine
links = false

[profiles.work]
endpoint = "https://api.ucloud.cn"

[keys]
"find.sort" = "z"
'app.leave' = "x,ctrl+x"

[notify]
bell = false
"""


def file_with(path: Path, text: str) -> ConfigFile:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return ConfigFile(path)


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
