"""Limits on the first reading of a pickle, in a process of its own: memory, CPU time and elapsed time.

They do not grow with the file, since a pickle holds names and no weights. What the largest vocabularies take was
measured on a busy server of two cores: a million words take 150 MB and 1.2 s as a mapping of today's Flair, 200 MB and
2 s as gensim 4 wrote them, and 500 MB and 4 s as a `Dictionary` of Flair. None of the files of old releases that the
tests read takes more than 0.5 s.

Only old releases kept weights in a pickle, the arrays of `WordEmbeddings` up to Flair 0.11. Each large one is allowed
on top, no sooner than it is met. The million words of gensim 3, an object each, take 870 MB and 8 s, but come with an
array of 300 numbers for each of them, which brings 1.2 GB and 19 s.
"""

MEGABYTES = 768
"""Memory of everything but large arrays."""

SECONDS = 8
"""CPU time of everything but large arrays."""

SMALLEST_ARRAY = 16 * 2**20
"""From how many bytes on an array in a pickle is allowed on top of the memory."""

MOST_ARRAYS = 16
"""How many such arrays are: the reading begins anew for each."""

BYTES_PER_SECOND = 64 * 2**20
"""CPU time for an array: a second for every so many of its bytes."""

PATIENCE = 10
"""Elapsed time: how many times the CPU time, as the machine may be busy with something else."""
