"""The product's version, read by the build and printed by `registrar --version`."""

__version__ = "0.1.0"
