"""Sizes that a file claims, held against its weights and the machine's memory."""
