"""The shell: `python -m attribution`."""
