"""Interop: stock TLS clients, edges with remote private keys, key servers; every library with every other."""
