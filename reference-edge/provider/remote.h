/* A private key in a key server, for a caller that can only wait: the edge's configuration, its key-server
 * client on a thread of its own, and a call that blocks.
 *
 * Files are read when the key is loaded, by a server's master process maybe, which may read what its workers
 * may not. The thread and its connections begin with the first operation of a process: a fork before that
 * costs nothing, and after a fork the child has a thread and connections of its own. */
#ifndef LURK_PROVIDER_REMOTE_H
#define LURK_PROVIDER_REMOTE_H

#include "reference-edge/key_request.h"
#include <openssl/types.h>

typedef struct lurk_remote lurk_remote;

/* library: the OpenSSL context in which all of this works, apart from the server's, and which outlives it.
 * name: file name of a chain of the configuration, without folder. NULL with one line in why. */
lurk_remote *lurk_remote_load(OSSL_LIB_CTX *library, const char *file, const char *name, char *why,
                              size_t why_len);
/* Ends the thread, if there is one. */
void lurk_remote_free(lurk_remote *remote);

const struct lurk_certificate *lurk_remote_certificate(const lurk_remote *remote);
bool lurk_remote_over_lurk(const lurk_remote *remote);

/* From any thread; blocks, at most as long as limits.key_server_ms. The certificate of the request is set
 * here. False with the reason in why; for RSA there is output in either case (SKI §5.1.1). output has room
 * for capacity octets. One event is logged. */
bool lurk_remote_perform(lurk_remote *remote, struct lurk_key_request *request, uint8_t *output,
                         size_t capacity, size_t *len, char *why, size_t why_len);
/* An operation that is not asked for: the event only. */
void lurk_remote_refused(lurk_remote *remote, const char *reason);

#endif
