"""SignInPrompt: when the sign-in form opens by itself after the keys were refused."""

from textual.screen import Screen
from textual.widgets import Input

from ucdn_tui.errors import UcdnTuiError


class SignInPrompt:
    """Opens it once for a refusal, although both kinds report it, and never over what the user types."""

    def __init__(self, screen: Screen[None]) -> None:
        """`screen` is the one over which the form opens."""
        self._screen = screen
        self._ticks_on_top = 2
        """How many ticks there were since another screen was on top."""

        self._was_shown = False
        self.error: UcdnTuiError | None = None
        """Why the keys are refused; None if they are not."""

    def refused(self, error: UcdnTuiError | None) -> None:
        """Keep what the last answer says."""
        self.error = error
        if error is None:
            self._was_shown = False

    def resumed(self) -> None:
        """The screen is on top again: something else may open at once, as after the palette."""
        self._ticks_on_top = 0

    def tick(self) -> None:
        """A second has passed."""
        self._ticks_on_top += self._screen.is_active

    @property
    def is_due(self) -> bool:
        """Whether to open the form now."""
        is_free = self._screen.is_active and self._ticks_on_top > 1 and not isinstance(self._screen.focused, Input)
        return is_free and self.error is not None and not self._was_shown

    def shown(self) -> None:
        """The form opens."""
        self._was_shown = True
