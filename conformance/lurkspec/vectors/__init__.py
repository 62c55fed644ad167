"""Published test vectors (docs/vectors.md): read, answered by our own Python code, fed to any decoder."""
