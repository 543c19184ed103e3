"""What the first reading of a pickle may take, in a process of its own: memory, the processor's time, and patience."""

MEGABYTES, TIMES = 512, 8
"""Memory: so much for any file, and so many times the bytes of its pickle, which holds names and no weights."""

SECONDS, BYTES_PER_SECOND = 2, 32 * 2**20
"""The processor's time: so much for any file, and a second more for so many bytes of its pickle."""

PATIENCE = 20
"""How many times longer it may take by the clock, on a machine that is busy with something else."""
