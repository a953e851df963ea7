"""Verifying on the screen: what each edge serves of some URLs, the diagnosis of an address, and watching until new."""
