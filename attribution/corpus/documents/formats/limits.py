"""Limits on reading a file in a process of its own: memory, processor time and how much may come out of it."""

MEGABYTES, TIMES, MOST_MEGABYTES = 512, 6, 2048
"""Memory: a fixed amount, of which libraries take 300 before they read anything; and a multiple of the file's size.

JSON that is one object takes four bytes of memory per character if it is mostly text, 512 MB for 130; a workbook of a
million rows, 65 MB, takes 360. Parquet is read in parts and takes 90 MB, unless it unpacks to far more than its size.
"""

UNPACKED = 8
"""How many times larger texts are than when they are packed, for the multiple above."""

SECONDS, BYTES_PER_SECOND, MOST_SECONDS = 5, 12 * 2**20, 20
"""Processor time until the first rows are there, and again until each of the next: a fixed amount, and a second for
every so many bytes. The whole of a file may have to be read first: 60 MB of JSON take 2 seconds, or 8 where a row is no
more than a word, and a workbook of 170 MB takes 3, on a machine where three times as much is still no failure. A
file that takes longer than the most would take more memory than it may before."""

PATIENCE = 10
"""How many times the processor time may go by on the clock: the machine may be busy with something else."""

TIMES_ITS_SIZE, SPARE_CHARACTERS = 200, 256 * 2**20
"""Characters of all rows: a multiple of the file's size, and some more, as for a .gz."""

ROWS_PER_BYTE, SPARE_ROWS = 100, 1_000_000
"""Rows that a Parquet file may say it has: repeated values take next to no space, but no text repeats that often."""

LONGEST_CELL, LONGEST_ROW = 16_000_000, 64_000_000
"""Characters; a longer cell or row is not read. A text is explained up to a million."""


def get_megabytes(size: int, *, packed: bool) -> int:
    """The memory for a file of so many bytes; `packed` says that it is a .gz or .zst."""
    return min(MEGABYTES + TIMES * (size * (UNPACKED if packed else 1) >> 20), MOST_MEGABYTES)


def get_seconds(size: int, *, packed: bool) -> int:
    """The processor time for a file of so many bytes; `packed` says that it is a .gz or .zst."""
    return min(SECONDS + size * (UNPACKED if packed else 1) // BYTES_PER_SECOND, MOST_SECONDS)
