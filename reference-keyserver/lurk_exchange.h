/* What the parts of the LURK service share. Each step returns false when it has refused. */
#ifndef KEYSERVER_LURK_EXCHANGE_H
#define KEYSERVER_LURK_EXCHANGE_H

#include "lurk_service.h"

/* A call on its way. */
struct lurk_exchange {
  const struct lurk_call *call;
  struct lurk_call_record *record;
  const struct lurk_grant *grant;
  struct lurk_octets output; /* payload of success */
};

/* Refuses in the space of designation lurk, or of tls12. */
bool lurk_exchange_refuse_base(struct lurk_exchange *x, enum lurk_base_status status, const char *cause);
bool lurk_exchange_refuse(struct lurk_exchange *x, enum lurk_tls12_status status, const char *cause);
/* A failure that is not the peer's fault: without memory temporary_failure, else undefined_error. */
bool lurk_exchange_fail(struct lurk_exchange *x, lurk_status status);
bool lurk_exchange_output(struct lurk_exchange *x, const uint8_t *data, size_t len);

/* --- tls12 --- */

bool lurk_tls12_serve(struct lurk_exchange *x);
bool lurk_tls12_serve_rsa_master(struct lurk_exchange *x);
bool lurk_tls12_serve_rsa_handshake(struct lurk_exchange *x);
bool lurk_tls12_serve_ecdhe(struct lurk_exchange *x);

/* Steps 1 and 4 of tls12 §4.4, and the replay window, which comes last of all checks. s:
 * LURK_RANDOM_LEN octets. */
bool lurk_tls12_find_key(struct lurk_exchange *x, const uint8_t *key_id);
bool lurk_tls12_check_time(struct lurk_exchange *x, const uint8_t *s);
bool lurk_tls12_check_replay(struct lurk_exchange *x, const uint8_t *s);
/* ServerHello.random of the TLS handshake (step 5). */
bool lurk_tls12_derive_random(struct lurk_exchange *x, const uint8_t *s,
                              uint8_t server_hello_random[LURK_RANDOM_LEN]);

#endif
