"""SignInPrompt: once for a refusal, and not right after another screen was on top."""

from textual.app import App

from ucdn_tui.errors import RetCodeError
from ucdn_tui.ui.dialogs.sign_in_prompt import SignInPrompt


async def test_it_is_due_two_ticks_after_another_screen_and_once() -> None:
    async with App[None]().run_test() as pilot:
        prompt, refusal = SignInPrompt(pilot.app.screen), RetCodeError(171, "")
        due = []
        for step in (
            lambda: prompt.refused(refusal),
            prompt.resumed,
            prompt.tick,
            prompt.tick,
            prompt.shown,
            prompt.tick,
            lambda: prompt.refused(None),
            lambda: prompt.refused(refusal),
        ):
            step()
            due.append(prompt.is_due)
    assert due == [True, False, False, True, False, False, False, True]
