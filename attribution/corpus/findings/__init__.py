"""From the Parquet files of a run to tables: words, errors, quality, documents."""
