"""Private keys in memory: a value that does not show itself."""

from typing import NamedTuple, NoReturn


class Secret:
    """A string that neither `repr`, `str`, a format, nor a pickle gives away; `reveal` does, on purpose."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the secret itself. Do not keep it in a variable that outlives the expression."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Keys(NamedTuple):
    """An account's API keys: the public one names the account, the private one signs."""

    public: str
    private: Secret
