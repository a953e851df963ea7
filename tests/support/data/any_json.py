"""Any JSON value, for decoders."""

from hypothesis import strategies as st

ANY_TEXT = st.lists(st.characters(exclude_categories=()) | st.sampled_from("\ud83d\ude00"), max_size=12).map("".join)
"""Any text, also with lone surrogates."""

ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.integers().map(lambda n: n * 10**60)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.sampled_from(["true", "No", "1", "day", "1e999", "-1", ""])
    | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=6,
)
