"""Reports: whole HTML files that open offline."""
