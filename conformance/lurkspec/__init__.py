"""lurkspec: conformance and interop suite for remote TLS keys."""

__version__ = "0.1.0"
