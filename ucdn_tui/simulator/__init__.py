"""A UCDN account in memory. The demo keys are here because the command line needs them without the account."""

DEMO_PUBLIC_KEY = "demo-public-key"
DEMO_PRIVATE_KEY = "demo-private-key"
