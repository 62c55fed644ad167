"""Interop: stock TLS clients against edges whose private keys are in key servers, every library with every other."""
