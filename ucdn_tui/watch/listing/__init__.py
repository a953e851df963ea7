"""Which tasks and URLs a list shows, and in which order: filter, sort, view."""
