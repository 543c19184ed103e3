"""Encoders over transformers: documents, words, sentence transformers, and sequence classifiers of Hugging Face."""
