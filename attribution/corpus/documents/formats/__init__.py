"""How files of documents are written: encodings, separators, quotes, JSON, Parquet, workbooks."""
