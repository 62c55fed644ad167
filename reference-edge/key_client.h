/* Performs private-key operations: by SKI or LURK requests to the key servers, or with the local key of a lab
 * certificate. Runs on one loop; callbacks come from there, never from within a call. */
#ifndef LURK_EDGE_KEY_CLIENT_H
#define LURK_EDGE_KEY_CLIENT_H

#include "lurk/net/channel.h"
#include "reference-edge/event_log.h"
#include "reference-edge/key_request.h"
#include <uv.h>

struct lurk_key_answer {
  const uint8_t *output;  /* wiped after the callback */
  size_t output_len;      /* 0: failed. RSA never fails: 48 random octets instead (SKI §5.1.1, SE-03) */
  const char *failure;    /* NULL, or a constant text: why it failed, or why the premaster is random */
  const char *key_server; /* URL of the one that answered or was tried last; "local key"; never NULL */
  uint64_t microseconds;
};
typedef void lurk_key_done(void *arg, const struct lurk_key_answer *answer);

typedef struct lurk_key_client lurk_key_client;

/* credentials is NULL when there is no key server. config and log must outlive the client. */
lurk_status lurk_key_client_new(uv_loop_t *loop, const struct lurk_edge_config *config,
                                lurk_credentials *credentials, lurk_event_log *log, lurk_key_client **out);
/* Operations under way end as failed; then closed is called, and the client is gone. */
void lurk_key_client_close(lurk_key_client *client, void (*closed)(void *arg), void *arg);

/* request may go when this returns. OK: done is called exactly once. A signature is verified with the
 * certificate's key before it counts. MEMORY: done is not called. */
lurk_status lurk_key_client_submit(lurk_key_client *client, const struct lurk_key_request *request,
                                   lurk_key_done *done, void *arg);

/* GET /capabilities (an addition to the draft, A-63), or capabilities of LURK tls12. */
enum lurk_capabilities_outcome {
  LURK_CAPABILITIES_KNOWN,
  LURK_CAPABILITIES_NONE,        /* it answers, but has none: what the draft itself defines */
  LURK_CAPABILITIES_UNREACHABLE, /* nobody answers */
};
struct lurk_capabilities {
  struct lurk_policy policy; /* of KNOWN and NONE */
  bool lists_keys;           /* LURK names no keys */
  const uint8_t (*keys)[LURK_SKI_FINGERPRINT_LEN];
  size_t key_count;
};
typedef void lurk_capabilities_done(void *arg, enum lurk_capabilities_outcome outcome,
                                    const struct lurk_capabilities *capabilities, const char *key_server);
/* Of the first key server of this group that answers. OK: done is called exactly once. */
lurk_status lurk_key_client_capabilities(lurk_key_client *client, size_t group, lurk_capabilities_done *done,
                                         void *arg);
/* stale is called when an answer shows that the capabilities of this key server have changed; as often as
 * that happens. */
void lurk_key_client_watch(lurk_key_client *client, void (*stale)(void *arg, size_t key_server), void *arg);

#endif
