"""A proxying key server, for the deployment in which a CDN delegates to another one and does not host the
keys (docs/deployments.md): it has no key of any site, lets its own edges ask for what they may, and asks the
owner's key server as a client of its own.

In Python and in the suite, because it is a part of the laboratory: it is built on the suite's codecs, so that
what it passes on was read and written by other code than that of the key servers and edges that it joins.
"""
