"""From the bytes of a checkpoint to plain data, without running anything in it."""
