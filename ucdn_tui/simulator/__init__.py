"""An account that lives in memory."""
