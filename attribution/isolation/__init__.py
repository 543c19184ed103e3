"""Models in processes of their own: what is in a file can take up, crash or reach nothing but its own process."""
