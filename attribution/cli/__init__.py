"""The command line: `python -m attribution`."""
