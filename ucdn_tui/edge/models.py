"""What verifying deals with: a URL and its purge, one address's answer, and what is claimed. All are frozen."""

from enum import Enum, StrEnum
from typing import NamedTuple

from msgspec import Struct

from ucdn_tui.api.models import TaskKind
from ucdn_tui.errors import Fault


class Purge(NamedTuple):
    """The task that refreshed or prefetched a URL. Times in Unix seconds of the API's clock, or None."""

    kind: TaskKind
    type: str = ""
    """file, dir or m3u8; "" if it is not known, and for a prefetch."""

    created: float | None = None
    """CreateTime. Without it nothing can be said about age."""

    finished: float | None = None
    """FinishTime of the URL, or of the task; None if it did not come."""

    is_success: bool | None = True
    """Whether the URL succeeded; None while that is open. Without success nothing follows from what an edge serves."""

    task_id: str = ""
    refreshed: float | None = None
    """Of a prefetch: CreateTime of the newest earlier refresh of this file, which succeeded. An older copy is old."""


class Subject(NamedTuple):
    """A URL to verify, exactly as it was submitted or typed."""

    url: str
    purge: Purge | None = None
    """None if no task is known: then only what the edges hold is said."""


class Obstacle(StrEnum):
    """Why an address was not asked, or gave no answer; besides the faults of the network."""

    INVALID_URL = "invalid-url"
    NO_ADDRESS = "no-address"
    """The name has no address."""

    NOT_PUBLIC = "not-public"
    """The address belongs to a private, loopback or otherwise reserved network."""

    NOT_HTTP = "not-http"
    """The answer is no HTTP."""


class Failure(NamedTuple):
    """Why there is no answer."""

    reason: Obstacle | Fault
    detail: str = ""
    """In the words of TLS or the system, sanitized; "" if there are none."""


class Answer(Struct, frozen=True, gc=False):
    """The head of an HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, values sanitized and cut. A name may come more than once."""

    def header(self, name: str) -> str:
        """Return a header's values, joined by commas; "" without any."""
        return ", ".join(value for each, value in self.headers if each == name)


class Probe(Struct, frozen=True, gc=False):
    """One request for a URL to one address, and its answer or why there is none."""

    url: str
    address: str
    """The IP address; "" if the name has none, or the URL is invalid."""

    at: float
    """When the answer began or the request failed, in Unix seconds of the API's clock."""

    answer: Answer | None = None
    failure: Failure | None = None
    """None if there is an answer."""

    seconds: float = 0.0
    """From the request to the head of the answer. An Age is uncertain by as much."""


class Resolution(NamedTuple):
    """The addresses of a host's name."""

    addresses: tuple[str, ...]
    """At most `addresses.LIMIT`, each once."""

    total: int = 0
    """How many there are."""

    canonical: str = ""
    """The name at the end of the CNAME records, in lower case; "" if the system does not tell."""


class CacheState(StrEnum):
    """What a cache says that it did."""

    HIT = "hit"
    MISS = "miss"
    EXPIRED = "expired"
    """It had a copy, which was too old, and fetched another one."""

    REVALIDATED = "revalidated"
    """It had a copy, and asked whether that is still right: it is."""

    STALE = "stale"
    """It served a copy although that was too old."""

    BYPASS = "bypass"
    """It neither served nor kept a copy."""


class Tiers(NamedTuple):
    """What the caches on the way say. The edge is nearest to the user, the parent is where the edge fetches."""

    edge: CacheState | None = None
    """None if nothing is said, or nothing that is understood."""

    parent: CacheState | None = None
    header: str = ""
    """The header that says so, in lower case."""

    value: str = ""
    """Its value."""

    parent_name: str = ""
    """The parent, as the header names it: its address with `X-Via-Ucdn`; "" if it has no name."""


class Claim(Enum):
    """What may be said of one address. The texts are in `words.py`."""

    NO_COPY = "no-copy"
    """A miss at the edge and its parent after the refresh has ended: neither has an old copy."""

    NEW_COPY = "new-copy"
    """The copy was fetched after the refresh had begun."""

    OLD_COPY = "old-copy"
    """The copy is older than a refresh of files: the only safe claim of a failure."""

    UNCHANGED = "unchanged"
    """The copy was revalidated, or has the origin's validators: after a refresh of a directory as designed."""

    DIFFERS = "differs"
    """Validators other than the origin's. The origin may also vary."""

    PREFETCHED = "prefetched"
    """A prefetched file is at the parent, or at the edge itself."""

    NOT_PREFETCHED = "not-prefetched"
    """Neither the edge nor its parent had the file."""

    HELD = "held"
    """A copy, and no task to compare it with."""

    NOT_HELD = "not-held"
    """No copy, and no task to compare with."""

    CANNOT_TELL = "cannot-tell"
    """It was served, and nothing follows; `Doubt` says why."""

    NOT_CHECKED = "not-checked"
    """There is no answer, or not the one that visitors get."""

    @property
    def is_old(self) -> bool:
        """Whether the purge has not had its effect here."""
        return self in (Claim.OLD_COPY, Claim.NOT_PREFETCHED)

    @property
    def is_good(self) -> bool:
        """Whether the purge has had its effect here."""
        return self in (Claim.NO_COPY, Claim.NEW_COPY, Claim.UNCHANGED, Claim.PREFETCHED)


class Doubt(StrEnum):
    """Why nothing follows from an answer."""

    NO_CACHE_HEADER = "no-cache-header"
    NO_AGE = "no-age"
    """A hit without Age, or with 0, which such edges also send for older copies."""

    NOT_FINISHED = "not-finished"
    """The task was not over when the answer came."""

    NOT_SUCCESSFUL = "not-successful"
    """The API does not say that the URL succeeded."""

    NO_CREATE_TIME = "no-create-time"
    DIRECTORY = "directory"
    """A directory refresh only marks copies as expired: an older copy may be right."""

    TOO_CLOSE = "too-close"
    """The copy was fetched within the uncertainty of the time of the refresh."""

    NO_PARENT = "no-parent"
    """A miss at the edge, and nothing is said of the parent, which may have had a copy."""

    FURTHER_UP = "further-up"
    """Neither the edge nor its parent had a copy, but a cache behind them did, such as one of the origin."""

    OWN_CHECK = "own-check"
    """After a prefetch: the copy was fetched when checks had begun, so one of them may have fetched it."""

    BYPASS = "bypass"
    """The edge keeps no copy of this URL."""

    REDIRECT = "redirect"
    FORBIDDEN = "forbidden"
    """401 or 403: the edge refuses this program, perhaps not visitors."""

    NOT_FOUND = "not-found"
    """404 or 410 after a prefetch. After a refresh they are judged as any answer: the file may have been deleted."""

    ERROR = "error"
    """Another status than 200."""

    PARTIAL = "partial"


class Verdict(Struct, frozen=True, gc=False):
    """What is claimed of one address, with what it is concluded from."""

    claim: Claim
    doubt: Doubt | None = None
    tiers: Tiers = Tiers()
    age: int | None = None
    """Age in seconds; None if it is missing or invalid."""

    fetched: float | None = None
    """When the copy left the origin, as Age tells: Unix seconds; None if it does not tell."""

    etag: str = ""
    last_modified: str = ""
    length: int | None = None


class Check(Struct, frozen=True, gc=False):
    """One address of one URL, probed and judged."""

    subject: Subject
    probe: Probe
    verdict: Verdict


class Round(Struct, frozen=True, gc=False):
    """All addresses of all URLs, each asked once."""

    checks: tuple[Check, ...]
    began: float
    """Unix seconds of the API's clock."""

    resolutions: tuple[tuple[str, Resolution], ...] = ()
    """The hosts, with their addresses."""

    def count(self, *claims: Claim) -> int:
        """Return how many addresses one of these is claimed of."""
        return sum(check.verdict.claim in claims for check in self.checks)
