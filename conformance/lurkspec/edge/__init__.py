"""The suite for edges: it is key server and TLS client of the edge under test."""
