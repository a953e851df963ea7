"""Texts that are put together from others have the signs of the language between them."""

from ucdn_tui.errors import UsageError
from ucdn_tui.sentences import labelled, listed, noted, sentence, sentences


def test_sentences_end_with_a_full_stop() -> None:
    assert sentences("No keys", "", "Sign in!", "Waiting …") == "No keys. Sign in! Waiting …"
    assert sentences() == ""
    assert sentence("No keys") == "No keys."


def test_chinese_has_signs_of_its_own(chinese: None) -> None:
    assert sentences("没有密钥", "", "登录！") == "没有密钥。登录！"
    assert listed(["失败", "成功", "未知"]) == "失败、成功、未知"
    assert labelled("按键", "未知") == "按键：未知"
    assert noted("失败", "超时") == "失败（超时）"


def test_an_error_is_put_together_in_the_language(chinese: None) -> None:
    assert str(UsageError("配置错误", "不是 UTF-8", "手动修改。")) == "配置错误。不是 UTF-8。手动修改。"


def test_braces_in_a_text_are_text() -> None:
    assert sentences("{first}", "{0}") == "{first}. {0}."
    assert listed(["a"]) == "a"
    assert listed(["{a}", "b", "c"]) == "{a}, b, c"
