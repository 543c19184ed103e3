"""The coloured text, as HTML."""
