"""From documents to explanations: jobs, workers, engines, and the Parquet files that they write."""
