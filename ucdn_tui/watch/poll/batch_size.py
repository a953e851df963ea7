"""Portion: how much at once, so that the screen never waits long for it. Pure, but for what it is told."""


class Portion:
    """A number of things to take at once, in proportion to how long the last ones took."""

    def __init__(self, start: int, lowest: int, highest: int) -> None:
        self.size = start
        self._lowest = lowest
        self._highest = highest

    def took(self, count: int, share: float) -> None:
        """Note that so many things took this share of the time that they may take; more than one is too much.

        It changes by a factor of two at the most, and only after one that was half full: a few things tell little.
        """
        if share > 0 and 2 * count >= self.size:
            self._set(min(max(int(count / share), self.size // 2), 2 * self.size))

    def halve(self) -> None:
        """Note that it was too much."""
        self._set(self.size // 2)

    def at_most(self, size: int) -> None:
        """Note that more than so many are never taken."""
        self._highest = size
        self._set(self.size)

    def _set(self, size: int) -> None:
        self.size = min(self._highest, max(self._lowest, size))
