"""A UCDN account in memory, and its keys: the program reads those long before it needs the account."""

DEMO_PUBLIC_KEY = "demo-public-key"
DEMO_PRIVATE_KEY = "demo-private-key"
