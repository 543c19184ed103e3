"""What is shown of an explanation: text, charts, columns, checks, downloads."""
