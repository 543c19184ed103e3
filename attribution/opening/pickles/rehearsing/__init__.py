"""The first reading of a pickle, in a process of its own with limited memory and time."""
