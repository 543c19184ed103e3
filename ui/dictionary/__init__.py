"""The page Label dictionary."""
