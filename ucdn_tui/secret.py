"""Secrets in memory: values that no log, traceback or pickle shows."""

import sys
from contextlib import suppress
from typing import Final, NamedTuple, NoReturn


class Secret:
    """A string that only `reveal` returns; `repr`, `str`, formatting and pickling do not."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the secret itself. Do not assign it to a variable: tracebacks can show local variables."""
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


def forbid_core_dumps() -> None:
    """Write no core dump if the program is killed: it would hold the keys. Programs that it starts inherit this."""
    if sys.platform == "win32":
        return
    import resource  # here, as Windows lacks it

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


NO_SECRET: Final = Secret("")


class Keys(NamedTuple):
    """An account's API keys: the public key identifies the account, the private key signs."""

    public: str
    private: Secret
    token: Secret = NO_SECRET
    """SecurityToken of temporary keys (STS), sent with every request; empty for lasting keys."""
    channel: Secret = NO_SECRET
    """The channel key of a dedicated cloud that shares the vendor's endpoint, sent as a header; empty without one."""
