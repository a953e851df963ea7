"""Programs for maintainers that are not tests: a soak, the screenshots, and a check of Textual releases."""
