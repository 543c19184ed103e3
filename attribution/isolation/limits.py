"""What a model's process may take: memory beside the weights, and processor time. A limit ends that process alone."""

OPENING_MEMORY = 1000 * 10**6
"""Bytes beside the weights for opening a file and reading the first texts. XLM-RoBERTa of base size takes 700 MB."""

EXPLAINING_MEMORY = 4000 * 10**6
"""Bytes beside the weights for everything after that.

The longest text that a large transformer reads in one piece (24 layers, 512 tokens, 16 heads) keeps some 2 GB for its
gradients, and several readers' texts are encoded at once.
"""

WEIGHTS_PER_BYTE = 2
"""Bytes of weights in memory for a byte of the file: weights of half precision become float32."""

MAPPED_PER_BYTE = 1
"""Bytes of a file that are mapped for each that it has, while its weights are copied into the network."""

OPENING_SECONDS, BYTES_PER_SECOND = 8.0, 100 * 10**6
"""Processor seconds for opening a file and reading the first texts: for any file, and one more for so many bytes.

The demo takes 1 second and XLM-RoBERTa of base size 4, on a machine where three times as much is still no failure.
"""

SILENT_SECONDS = 60.0
"""Processor seconds without a sign of life, which a process gives before every pass through the network."""

PATIENCE = 10.0
"""How many times the processor seconds may go by on the clock: the machine may be busy with something else."""

NURSERY_SECONDS = 120.0
"""Seconds on the clock in which the nursery answers; to import Flair takes it 10 on a slow machine, to fork none."""

QUESTIONS_AT_ONCE = 32
"""Questions that a process has at once; more wait outside. Each has a thread, whose stack counts as 8 MB of memory."""

SCRATCH_FILE = 256 * 2**20
"""Bytes of a file in a process's own folder, where Flair unpacks tokenizers; the largest known have 35 MB."""

SCRATCH_FILES, SCRATCH_BYTES = 1000, 10**9
"""Files in that folder, and their bytes; a stack of embeddings unpacks some ten for each of its encoders."""

MESSAGE, VALUES = 128 * 2**20, 4_000_000
"""Bytes of a message, and commas in it: an explanation of 12,000 words under forty labels has as many.

A short message of empty values grows most when it is read: four million of them take 300 MB."""
