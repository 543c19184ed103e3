"""Limits on the first reading of a pickle, in a process of its own: memory, CPU time and elapsed time."""

MEGABYTES, TIMES = 512, 8
"""Memory: a fixed amount for any file, plus a multiple of the size of its pickle, which holds names and no weights."""

SECONDS, BYTES_PER_SECOND = 2, 32 * 2**20
"""CPU time: a fixed amount for any file, plus a second for every so many bytes of its pickle."""

PATIENCE = 20
"""Elapsed time: how many times the CPU time, as the machine may be busy with something else."""
