"""Lines of Chinese: broken between characters, with the punctuation where it belongs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.content import Content

from support.screen.demo_app import text_of_screen
from ucdn_tui.ui.text.line_breaks import cut_at_word, wrapped, wrapped_text
from ucdn_tui.ui.text.prose import Prose

SENTENCE = "没有响应（HTTP 504）：任务列表中也没有，很可能“未提交”。按 Esc 返回，3分20秒后再次检查！"
WIDTHS = st.integers(2, 60)


def test_chinese_is_broken_between_characters() -> None:
    assert wrapped_text("任务已结束但边缘节点仍是旧副本", 10) == ["任务已结束", "但边缘节点", "仍是旧副本"]


@pytest.mark.parametrize("width", range(12, 100, 3))
def test_no_line_begins_or_ends_with_the_wrong_punctuation(width: int) -> None:
    lines = wrapped_text(SENTENCE, width)
    assert not {line[0] for line in lines} & set("，。：！）”")
    assert not {line[-1] for line in lines} & set("（“")


@pytest.mark.parametrize("width", range(12, 100, 3))
def test_latin_words_and_durations_stay_whole(width: int) -> None:
    lines = wrapped_text(SENTENCE, width)
    for word in ("HTTP", "504", "Esc", "3分20秒"):
        assert any(word in line for line in lines), word


@given(text=st.text("ab 中文，。（）“”/", min_size=1, max_size=80), width=WIDTHS)
def test_lines_fit_and_only_spaces_between_them_get_lost(text: str, width: int) -> None:
    lines = wrapped_text(text.strip(" "), width)
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(words=st.lists(st.text("ab:/.-", min_size=1, max_size=20), min_size=1, max_size=12), width=WIDTHS)
def test_english_is_wrapped_as_textual_wraps_it(words: list[str], width: int) -> None:
    text = " ".join(words)
    assert wrapped_text(text, width) == [line.plain.rstrip() for line in Content(text).wrap(width)]


def test_continued_line_is_indented_as_its_first_one() -> None:
    assert wrapped_text("原因\n  先在源站发布，再刷新", 12) == ["原因", "  先在源站发", "  布，再刷新"]


def test_empty_lines_stay() -> None:
    assert wrapped_text("one\n\ntwo", 10) == ["one", "", "two"]


def test_a_long_word_is_cut_and_nothing_is_lost() -> None:
    assert wrapped_text("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_the_narrowest_width_ends() -> None:
    assert "".join(wrapped_text("  one 图", 1)).replace(" ", "") == "one图"


def test_styles_stay_on_their_characters() -> None:
    content = wrapped(Content("先在源站发布").stylize("bold", 2, 5), 4)
    assert content.plain == "先在\n源站\n发布"
    assert {content.plain[at] for span in content.spans for at in range(span.start, span.end)} == set("源站发")


class Page(App[None]):
    CSS = "Prose { padding: 0 1; }"

    def compose(self) -> ComposeResult:
        yield Prose(SENTENCE)


async def test_prose_takes_as_many_lines_as_its_text_needs() -> None:
    app = Page()
    async with app.run_test(size=(30, 20)) as pilot:
        for width in (30, 14, 90):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            lines = wrapped_text(SENTENCE, width - 2)
            assert [line.strip() for line in text_of_screen(app).split("\n") if line] == lines
            assert app.query_one(Prose).size.height == len(lines)


async def test_prose_is_wrapped_anew_when_its_text_changes() -> None:
    app = Page()
    async with app.run_test(size=(30, 20)) as pilot:
        app.query_one(Prose).update("任务已结束")
        await pilot.pause()
        assert text_of_screen(app).strip() == "任务已结束"
        assert app.query_one(Prose).size.height == 1


def test_a_text_is_cut_after_a_word() -> None:
    assert cut_at_word("one two three", 13, "…") == "one two three"
    assert cut_at_word("one two three", 12, "…") == "one two …"
    assert cut_at_word("one two three", 9, "…") == "one two …"
    assert cut_at_word("one two three", 8, "~") == "one tw ~"
    assert cut_at_word("http://a.example/without/a/space", 12, "…") == "http://a.e …"
