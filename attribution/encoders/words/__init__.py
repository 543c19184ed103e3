"""Encoders over the vectors of words: pooled, recurrent, convolutional."""
