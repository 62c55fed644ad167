"""Interop: stock TLS clients, edges whose private keys are remote, key servers; every library with every other."""
