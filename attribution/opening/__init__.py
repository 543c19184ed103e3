"""From a stranger's file to a model; nothing in the file runs."""
