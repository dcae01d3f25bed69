"""CSV and Parquet price history, a data source for Tradewind."""
