"""What may be built of a text model: which it is, its labels, its decoder."""
