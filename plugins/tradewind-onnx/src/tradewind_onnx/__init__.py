"""ONNX models as indicators and the registry they are kept in, for Tradewind."""
