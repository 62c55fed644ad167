/* ClientHello bodies for tests. */
#ifndef LURK_EDGE_TEST_HELLO_BUILDER_H
#define LURK_EDGE_TEST_HELLO_BUILDER_H

#include "lurk/secret.h"
#include "reference-edge/client_hello.h"

/* Lists are hex as in lurk/wire/test/notation.h, e.g. "c02b c02c"; NULL: the extension is left out. */
struct hello_parts {
  const char *version; /* NULL: 0303 */
  const char *suites;
  const char *versions, *groups, *schemes;
  const char *name;
};

/* A body in a heap block of exactly its length; clear with lurk_octets_clear. */
struct lurk_octets hello_body(const struct hello_parts *parts);

#endif
