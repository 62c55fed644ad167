/* A BIO over a transport's queues, for OpenSSL and BoringSSL. Compiled once against each. */
#ifndef LURK_NET_LIBSSL_BIO_H
#define LURK_NET_LIBSSL_BIO_H

#include "lurk/net/transport.h"
#include <openssl/bio.h>

/* Reads record by record from transport->in, writes to transport->out; transport must outlive it. NULL when
 * memory is short. */
BIO *lurk_libssl_bio(struct lurk_transport *transport);

#endif
