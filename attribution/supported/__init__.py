"""What of Flair Whylight supports: classes of embeddings, and the releases that saved a model."""
