"""The example responses of the API documentation, and answers in the same form."""

import json
from typing import Any

REFRESH_ANSWER = """\
{
  "Action": "DescribeNewUcdnRefreshCacheTaskResponse",
  "RetCode": 0,
  "TaskList": [
    {"CreateTime": 1548051097, "Status": "success", "TaskId": "20190121141137_4d8031d5", "Type": "file", "UrlLists": [
      {"CreateTime": 1548051097, "FinishTime": 1548051103, "Progress": 100, "Status": "success", "Url": "http://xxxxx/test2.jpg"},
      {"CreateTime": 1548051097, "FinishTime": 1548051103, "Progress": 100, "Status": "success", "Url": "http://xxxxx/test.jpg"}
    ]}
  ],
  "TotalCount": 2
}
"""
"""The example of DescribeNewUcdnRefreshCacheTask, with other white space."""

PREFETCH_ANSWER = """\
{
  "Action": "DescribeNewUcdnPrefetchCacheTaskResponse",
  "RetCode": 0,
  "TaskList": [
    {"CreateTime": 4, "Status": "ySoPLGgE", "TaskId": "mEuMcQSL", "UrlLists": [
      {"CreateTime": 6, "FinishTime": 1, "Progress": 3, "Status": "pmUWBVxw", "Url": "xChNHhYo"},
      {"CreateTime": 3, "FinishTime": 7, "Progress": 7, "Status": "xCZMvZWZ", "Url": "lKGDMDQq"},
      {"CreateTime": 6, "FinishTime": 9, "Progress": 9, "Status": "zMxmxYcf", "Url": "ptLqMQuh"},
      {"CreateTime": 4, "FinishTime": 1, "Progress": 4, "Status": "OaxNseKe", "Url": "YhpEnOmI"},
      {"CreateTime": 4, "FinishTime": 5, "Progress": 4, "Status": "etAmHzPP", "Url": "PEBgMeNh"}
    ]},
    {"CreateTime": 1, "Status": "JKrNCisb", "TaskId": "mYtrUNKc", "UrlLists": [
      {"CreateTime": 3, "FinishTime": 2, "Progress": 6, "Status": "XynKYAiJ", "Url": "XqHsIOtd"},
      {"CreateTime": 1, "FinishTime": 6, "Progress": 3, "Status": "rCoGJtmC", "Url": "EYRxaYAM"},
      {"CreateTime": 5, "FinishTime": 6, "Progress": 2, "Status": "sFsEYOgd", "Url": "ehwfbnDN"},
      {"CreateTime": 8, "FinishTime": 5, "Progress": 3, "Status": "EwSSKJad", "Url": "FxacwAet"},
      {"CreateTime": 8, "FinishTime": 5, "Progress": 7, "Status": "SkdViYPP", "Url": "VRJFzzlH"},
      {"CreateTime": 5, "FinishTime": 3, "Progress": 5, "Status": "hcAQXhoN", "Url": "LwAewYSo"},
      {"CreateTime": 7, "FinishTime": 3, "Progress": 2, "Status": "AiVaeqAx", "Url": "eJpkSqiP"}
    ]},
    {"CreateTime": 7, "Status": "dDQVOfuA", "TaskId": "ZJazzIIh", "UrlLists": [
      {"CreateTime": 8, "FinishTime": 5, "Progress": 2, "Status": "okiJCQZU", "Url": "qKIoMLtR"},
      {"CreateTime": 1, "FinishTime": 9, "Progress": 6, "Status": "SXVfOLXG", "Url": "fVxMWSUL"},
      {"CreateTime": 2, "FinishTime": 4, "Progress": 9, "Status": "wOXhjduh", "Url": "UtBAuUmZ"}
    ]},
    {"CreateTime": 3, "Status": "LeqJkycM", "TaskId": "sEiKGYYr", "UrlLists": [
      {"CreateTime": 6, "FinishTime": 8, "Progress": 5, "Status": "YYcZbXWw", "Url": "oEqzcgMA"},
      {"CreateTime": 1, "FinishTime": 6, "Progress": 6, "Status": "HYZmwEUR", "Url": "UKXkiPDK"},
      {"CreateTime": 2, "FinishTime": 2, "Progress": 3, "Status": "FBCAWBMW", "Url": "aGCnxHXv"}
    ]},
    {"CreateTime": 1, "Status": "GVWVbBkR", "TaskId": "ByScqGMr", "UrlLists": [
      {"CreateTime": 9, "FinishTime": 2, "Progress": 4, "Status": "iQguQPft", "Url": "MmoeVMJQ"},
      {"CreateTime": 3, "FinishTime": 9, "Progress": 3, "Status": "CPqqNmqO", "Url": "YtzBfJQF"}
    ]},
    {"CreateTime": 5, "Status": "RPkHZOFJ", "TaskId": "sklDNgoJ", "UrlLists": [
      {"CreateTime": 5, "FinishTime": 2, "Progress": 8, "Status": "hfRtxJYA", "Url": "MPKzOnkG"},
      {"CreateTime": 3, "FinishTime": 2, "Progress": 8, "Status": "NOgImUxr", "Url": "NqeqhcDn"},
      {"CreateTime": 5, "FinishTime": 5, "Progress": 8, "Status": "jadthNuI", "Url": "dehdHOoC"},
      {"CreateTime": 4, "FinishTime": 5, "Progress": 9, "Status": "KCTmUkpl", "Url": "UxQiBarm"}
    ]},
    {"CreateTime": 3, "Status": "xRRNKppD", "TaskId": "YLQhYqyq", "UrlLists": [
      {"CreateTime": 8, "FinishTime": 5, "Progress": 3, "Status": "qhlDmXYg", "Url": "fJbCCejm"},
      {"CreateTime": 8, "FinishTime": 4, "Progress": 4, "Status": "IViYWdSq", "Url": "LkEYimIs"},
      {"CreateTime": 2, "FinishTime": 1, "Progress": 7, "Status": "uCbnQqLo", "Url": "NbtQArje"},
      {"CreateTime": 7, "FinishTime": 7, "Progress": 9, "Status": "SHEYNyGf", "Url": "ylzrmbHW"},
      {"CreateTime": 3, "FinishTime": 9, "Progress": 8, "Status": "lgCecoFw", "Url": "cYVWknQE"},
      {"CreateTime": 4, "FinishTime": 7, "Progress": 1, "Status": "JhdorWII", "Url": "OEykZxWV"},
      {"CreateTime": 4, "FinishTime": 4, "Progress": 1, "Status": "GlHxqIgx", "Url": "RWWfGzMi"}
    ]}
  ],
  "Test": "ryEuYMgQ", "TotalCount": 4
}
"""
"""The example of DescribeNewUcdnPrefetchCacheTask, with other white space."""


def url(address: str = "https://cdn.example.com/a.jpg", **fields: Any) -> dict[str, Any]:
    """Return a UrlProgressInfo; a field given as None becomes null."""
    return {
        "CreateTime": 1_760_000_000,
        "FinishTime": 1_760_000_060,
        "Progress": 100,
        "Status": "success",
        "Url": address,
        **fields,
    }


def task(task_id: str = "20251009165320_4d8031d5", *urls: Any, **fields: Any) -> dict[str, Any]:
    """Return a TaskInfo with these URLs, or with a default one."""
    return {
        "CreateTime": 1_760_000_000,
        "Status": "success",
        "TaskId": task_id,
        "Type": "file",
        "UrlLists": list(urls) or [url()],
        **fields,
    }


def answer_text(*tasks: Any, **fields: Any) -> str:
    """Return a refresh answer with these tasks. Lone surrogates and NaN are written as Python's json does."""
    whole = {"Action": "DescribeNewUcdnRefreshCacheTaskResponse", "RetCode": 0, "TaskList": list(tasks), **fields}
    return json.dumps(whole)


def answer_body(*tasks: Any, **fields: Any) -> bytes:
    """Return `answer_text` as bytes."""
    return answer_text(*tasks, **fields).encode()
