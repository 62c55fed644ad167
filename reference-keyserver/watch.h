/* Looks over all edges for what no single request shows: an RSA ciphertext that comes from two of them (SKI
 * §4.2.1). A ciphertext belongs to one TLS client's handshake with one edge; the same one from another edge
 * was recorded and carried there. Digests are keyed at random per process, so that what is remembered tells
 * nothing and nobody can choose where it is kept. Thread-safe. */
#ifndef KEYSERVER_WATCH_H
#define KEYSERVER_WATCH_H

#include "activity.h"
#include "lurk/status.h"

typedef struct lurk_watch lurk_watch;

/* NULL when memory is short or no randomness is to be had. */
lurk_watch *lurk_watch_new(void);
void lurk_watch_free(lurk_watch *watch); /* NULL is fine */

/* The keyed digest under which data is remembered. label keeps kinds of data apart. LIMIT: len is above
 * LURK_WATCH_DATA_LEN. BACKEND. */
#define LURK_WATCH_DATA_LEN 512 /* a ciphertext of RSA-4096 */
lurk_status lurk_watch_digest(const lurk_watch *watch, uint8_t label, const uint8_t *data, size_t len,
                              uint8_t digest[LURK_RECENT_DIGEST_LEN]);

/* Notes a ciphertext of an edge. *other is the number of the edge (lurk_activity_number) that sent it within
 * the last LURK_WATCH_SECONDS, or 0. The LURK_WATCH_CAPACITY newest ones are remembered. BACKEND. */
#define LURK_WATCH_SECONDS 600
#define LURK_WATCH_CAPACITY 32768
lurk_status lurk_watch_ciphertext(lurk_watch *watch, const lurk_activity *edge, const uint8_t *ciphertext,
                                  size_t len, uint64_t now_ns, uint64_t *other);

#endif
