"""The bodies of answers."""

import json
from typing import Any


def body(**fields: Any) -> bytes:
    return json.dumps({"RetCode": 0, **fields}).encode()
