"""Text as data: words and tokens with their places, letters as people see them, and what a network is given."""
