"""Checks the files of a tokenizer before one is built from them."""
