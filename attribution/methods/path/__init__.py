"""What integrating along the path from a baseline to a text takes."""
