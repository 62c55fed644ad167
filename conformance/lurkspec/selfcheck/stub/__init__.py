"""A key server that does TLS itself and can be lax about it: no fault of a TLS library can be named in our C
code, so what cases see of one is shown here."""
