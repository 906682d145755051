"""Chat models in onnxruntime-genai's format."""
