"""The dialect of instruction models."""
