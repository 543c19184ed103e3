"""Vets a text model: its class, its labels and its decoder."""
