"""Adapters: our own programs and stock TLS clients as commands that obey the contract (docs/interop.md)."""
