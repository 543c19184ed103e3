"""Checks the sizes that a file claims against its weights and the machine's memory."""
