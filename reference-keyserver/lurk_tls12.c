/* What all exchanges of tls12 have in common. */
#include "lurk/fault.h"
#include "lurk/tls/freshness.h"
#include "lurk_exchange.h"
#include <string.h>

#define REPLAY_LABEL 'S'

bool lurk_tls12_find_key(struct lurk_exchange *x, const uint8_t *key_id) {
  const struct lurk_call *call = x->call;
  x->record->has_key_id = true;
  memcpy(x->record->key_id, key_id, LURK_KEY_ID_LEN);
  const struct lurk_grant *grant = lurk_edge_find_key_id(call->edge, key_id);
  if (grant == NULL)
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_KEY_ID, "no such key among those of the edge");
  x->record->key = grant->key;
  if ((grant->types & 1u << call->request->type) == 0 && !LURK_FAULT(key_usage_ignored))
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_KEY_ID, "key is not for this type");
  if (!lurk_served_key_is_current(grant->key, call->now))
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_KEY_ID, "certificate of the key is not valid now");
  x->grant = grant;
  return true;
}

bool lurk_tls12_check_time(struct lurk_exchange *x, const uint8_t *s) {
  return lurk_freshness_is_timely(s, x->call->now, x->call->config->time_window_seconds) ||
         LURK_FAULT(no_time_window) ||
         lurk_exchange_refuse(x, LURK_TLS12_INVALID_TLS_RANDOM, "gmt_unix_time is outside the window");
}

/* The memory is the edge's own. When it is full the edge waits: forgetting would let handshakes be asked for
 * again. */
bool lurk_tls12_check_replay(struct lurk_exchange *x, const uint8_t *s) {
  const struct lurk_call *call = x->call;
  if (call->config->replay_window_seconds == 0)
    return true;
  uint8_t handshake[LURK_SKI_FINGERPRINT_LEN + LURK_RANDOM_LEN], digest[LURK_RECENT_DIGEST_LEN];
  memcpy(handshake, x->grant->key->spki, LURK_SKI_FINGERPRINT_LEN);
  memcpy(handshake + LURK_SKI_FINGERPRINT_LEN, s, LURK_RANDOM_LEN);
  lurk_status status = lurk_watch_digest(call->watch, REPLAY_LABEL, handshake, sizeof handshake, digest);
  lurk_wipe(handshake, sizeof handshake);
  if (status != LURK_OK)
    return lurk_exchange_fail(x, status);
  uint64_t keep_ns = call->config->replay_window_seconds * UINT64_C(1000000000);
  switch (lurk_activity_handshake(call->edge->activity, LURK_REPLAY_LURK, digest, call->now_ns, keep_ns)) {
  case LURK_RECENT_NEW:
    return true;
  case LURK_RECENT_SEEN:
    if (LURK_FAULT(no_replay_window))
      return true;
    x->record->replayed = true;
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_TLS_RANDOM,
                                "handshake was seen within the replay window");
  case LURK_RECENT_NO_ROOM:
    break;
  }
  return lurk_exchange_refuse_base(x, LURK_BASE_TEMPORARY_FAILURE, "replay window is full");
}

bool lurk_tls12_derive_random(struct lurk_exchange *x, const uint8_t *s,
                              uint8_t server_hello_random[LURK_RANDOM_LEN]) {
  if (LURK_FAULT(freshness_skipped)) {
    memcpy(server_hello_random, s, LURK_RANDOM_LEN);
    return true;
  }
  lurk_status status = lurk_freshness(s, server_hello_random);
  return status == LURK_OK || lurk_exchange_fail(x, status);
}

/* capabilities and ping (tls12 §7, §8) */
static bool serve_without_key(struct lurk_exchange *x) {
  const struct lurk_octets *capabilities = &x->call->view->tls12_capabilities;
  if (x->call->request->payload_len != 0 && !LURK_FAULT(base_payload_ignored))
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_PAYLOAD_FORMAT, "request of this type has no payload");
  return x->call->request->type == LURK_TLS12_PING ||
         lurk_exchange_output(x, capabilities->data, capabilities->len);
}

bool lurk_tls12_serve(struct lurk_exchange *x) {
  switch (x->call->request->type) {
  case LURK_TLS12_RSA_MASTER:
    return lurk_tls12_serve_rsa_master(x);
  case LURK_TLS12_RSA_MASTER_WITH_POH:
  case LURK_TLS12_RSA_EXTENDED_MASTER:
  case LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH:
    return lurk_tls12_serve_rsa_handshake(x);
  case LURK_TLS12_ECDHE:
    return lurk_tls12_serve_ecdhe(x);
  default:
    return serve_without_key(x);
  }
}
