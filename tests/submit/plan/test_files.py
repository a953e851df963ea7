"""Reading a file with URLs."""

from pathlib import Path

import pytest

from ucdn_tui.errors import UsageError
from ucdn_tui.submit import files
from ucdn_tui.submit.files import read_urls


def test_text_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_bytes(b"\xef\xbb\xbfhttp://a.com/\xe4\xb8\xad\r\nhttp://a.com/x\r")
    assert read_urls(path) == "http://a.com/中\r\nhttp://a.com/x\r"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"http://a.com/\n\nhttp://a.com/\xd6\xd0\n", r"is not UTF-8 \(line 3\)"), (b"x" * 101, "is larger than 32 MB")],
)
def test_file_that_is_no_text_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, why: str
) -> None:
    monkeypatch.setattr(files, "LIMIT", 100)
    (tmp_path / "urls.txt").write_bytes(content)
    with pytest.raises(UsageError, match=rf"urls\.txt {why}"):
        read_urls(tmp_path / "urls.txt")


@pytest.mark.parametrize(
    ("name", "why"), [("missing", "No such file"), ("home", "Is a directory"), ("~nobody-x/y", "")]
)
def test_file_that_cannot_be_read_is_reported(tmp_path: Path, name: str, why: str) -> None:
    path = Path(name) if name.startswith("~") else tmp_path / name
    with pytest.raises(UsageError, match=rf"^Cannot read .*\({why}"):
        read_urls(path)
