"""Train price and sentiment models with TensorFlow and export them to ONNX, for Tradewind."""
