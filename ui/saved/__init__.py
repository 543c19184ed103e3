"""The page Saved."""
