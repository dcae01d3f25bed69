"""The local column store of bars: months as Parquet, with a manifest, repair and provenance."""
