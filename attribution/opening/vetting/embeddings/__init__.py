"""Checks the parameters of embeddings before they are built."""
