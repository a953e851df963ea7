"""Submitting on the screen: the form with its preview, the calls while they are made, the quotas."""
