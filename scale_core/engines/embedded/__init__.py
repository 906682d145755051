"""The embedded model's engine, on ONNX Runtime."""
