"""The files of a tokenizer, checked before one is made of them."""
