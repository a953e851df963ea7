"""The demonstration's keys; by themselves, as the program needs them long before it needs the account."""

DEMO_PUBLIC_KEY = "demo-public-key"
DEMO_PRIVATE_KEY = "demo-private-key"
