"""Processes that this package starts beside the one that asks: what each gets to see, and what it may take."""
