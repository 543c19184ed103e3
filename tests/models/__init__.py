"""Tiny models of every kind, made for the tests."""
