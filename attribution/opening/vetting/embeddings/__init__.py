"""What may be built of embeddings: their parameters, checked."""
