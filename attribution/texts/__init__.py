"""Text as data: words and tokens with their places, and what a network is given to read."""
