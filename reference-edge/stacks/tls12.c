#include "reference-edge/stacks/tls12.h"

#include "lurk/fault.h"
#include "lurk/tls/freshness.h"
#include <string.h>
#include <time.h>
#ifdef LURK_FAULTS
#include <threads.h>
#endif

#define HEADER_LEN 4
#define SERVER_RANDOM (HEADER_LEN + 2)
#define LONGEST_RECORD 65534 /* handshake_messages of a request */
enum { SERVER_HELLO = 2, CLIENT_KEY_EXCHANGE = 16, FINISHED = 20 };

#ifdef LURK_FAULTS
static uint8_t first_s[LURK_RANDOM_LEN];

static void draw_first_s(void) {
  lurk_freshness_new(time(NULL), first_s);
}

static void bend_s(uint8_t s[LURK_RANDOM_LEN]) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, draw_first_s);
  if (LURK_FAULT(s_reused))
    memcpy(s, first_s, LURK_RANDOM_LEN);
  if (LURK_FAULT(s_without_time))
    memset(s, 0, 4);
}
#endif

bool lurk_tls12_begin(struct lurk_session_base *base, const uint8_t client_random[LURK_RANDOM_LEN]) {
  struct lurk_session_tls12 *tls12 = &base->tls12;
  struct lurk_tls12_material *material = &tls12->material;
  memcpy(material->client_random, client_random, LURK_RANDOM_LEN);
  bool begun = lurk_freshness_new(time(NULL), material->s) == LURK_OK;
#ifdef LURK_FAULTS
  bend_s(material->s);
#endif
  begun = begun && lurk_freshness(material->s, tls12->random) == LURK_OK;
  if (base->choice.without_tls13 && LURK_FAULT(downgrade_sentinel_written))
    memcpy(tls12->random + LURK_RANDOM_LEN - 8, "DOWNGRD\1", 8);
  if (LURK_FAULT(s_on_the_wire))
    memcpy(tls12->random, material->s, LURK_RANDOM_LEN);
  if (!begun)
    lurk_session_note(base, "no random for the handshake");
  return begun;
}

void lurk_tls12_clear(struct lurk_session_base *base) {
  struct lurk_session_tls12 *tls12 = &base->tls12;
  lurk_octets_clear(&tls12->material.ephemeral);
  lurk_octets_clear(&tls12->material.messages);
  lurk_octets_clear(&tls12->ciphertext);
  lurk_wipe(tls12, sizeof *tls12);
}

/* --- the record --- */

static void append(struct lurk_session_base *base, const uint8_t *message, size_t len) {
  struct lurk_octets *record = &base->tls12.material.messages, longer = {NULL, 0};
  if (len > LONGEST_RECORD - record->len || !lurk_octets_alloc(&longer, record->len + len)) {
    lurk_session_note(base, "the handshake is too long");
    return;
  }
  if (record->len > 0)
    memcpy(longer.data, record->data, record->len);
  memcpy(longer.data + record->len, message, len);
  lurk_octets_clear(record);
  *record = longer;
}

static void check_random(struct lurk_session_base *base, const uint8_t *message, size_t len) {
  base->tls12.fresh = len >= SERVER_RANDOM + LURK_RANDOM_LEN &&
                      memcmp(message + SERVER_RANDOM, base->tls12.random, LURK_RANDOM_LEN) == 0;
  if (!base->tls12.fresh)
    lurk_session_note(base, "the TLS library did not take ServerHello.random");
}

/* The client's: of a resumed handshake, whose first Finished is the edge's, nothing is asked. */
static void keep_finished(struct lurk_session_tls12 *tls12, const uint8_t *message, size_t len) {
  if (tls12->finished || len != HEADER_LEN + LURK_VERIFY_DATA_LEN)
    return;
  memcpy(tls12->material.verify_data, message + HEADER_LEN, LURK_VERIFY_DATA_LEN);
  tls12->finished = true;
}

/* The key server is given S in place of what it derives from it. What comes between ClientKeyExchange
 * and the client's Finished, a CertificateVerify, belongs to the proof of handshake only. */
void lurk_tls12_see(struct lurk_session_base *base, const uint8_t *message, size_t len) {
  struct lurk_session_tls12 *tls12 = &base->tls12;
  if (len >= HEADER_LEN && message[0] == SERVER_HELLO)
    check_random(base, message, len);
  if (!base->chosen || base->choice.exchange != LURK_EXCHANGE_RSA || tls12->finished)
    return;
  if (len >= HEADER_LEN && message[0] == FINISHED) {
    keep_finished(tls12, message, len);
    return;
  }
  size_t start = tls12->material.messages.len;
  append(base, message, len);
  if (message[0] == CLIENT_KEY_EXCHANGE)
    tls12->material.until_key_exchange = tls12->material.messages.len;
  if (tls12->fresh && message[0] == SERVER_HELLO && tls12->material.messages.len > start &&
      !LURK_FAULT(wire_random_in_messages))
    memcpy(tls12->material.messages.data + start + SERVER_RANDOM, tls12->material.s, LURK_RANDOM_LEN);
}

/* --- operations --- */

bool lurk_tls12_may_ask(struct lurk_session_base *base) {
  if (!base->tls12.fresh)
    lurk_session_note(base, "the freshness output has not gone over the wire");
  else if (base->tls12.type == NULL)
    base->tls12.type = lurk_tls12_type_name(LURK_TLS12_ECDHE);
  return base->tls12.fresh;
}

bool lurk_tls12_keep_ephemeral(struct lurk_session_base *base, const uint8_t *key, size_t len) {
  lurk_octets_clear(&base->tls12.material.ephemeral);
  return lurk_octets_copy(&base->tls12.material.ephemeral, key, len);
}

bool lurk_tls12_stand_in(struct lurk_session_base *base, const uint8_t *ciphertext, size_t len,
                         uint8_t premaster[LURK_PREMASTER_LEN]) {
  struct lurk_session_tls12 *tls12 = &base->tls12;
  if (tls12->ciphertext.len > 0 || !lurk_octets_copy(&tls12->ciphertext, ciphertext, len) ||
      lurk_random(tls12->dummy, sizeof tls12->dummy) != LURK_OK) {
    lurk_session_note(base, "no stand-in for the premaster");
    return false;
  }
  memcpy(premaster, tls12->dummy, sizeof tls12->dummy);
  return true;
}

bool lurk_tls12_is_stand_in(const struct lurk_session_base *base, const uint8_t *secret, size_t len) {
  const struct lurk_session_tls12 *tls12 = &base->tls12;
  return tls12->ciphertext.len > 0 && len == sizeof tls12->dummy &&
         lurk_equal(secret, tls12->dummy, sizeof tls12->dummy);
}

bool lurk_tls12_ask_master(struct lurk_session_base *base, bool extended, enum lurk_tls12_prf_hash hash) {
  struct lurk_session_tls12 *tls12 = &base->tls12;
  tls12->material.prf_hash = LURK_FAULT(prf_hash_fixed) ? LURK_PRF_SHA256 : hash;
  if (LURK_FAULT(ems_ignored))
    extended = false;
  tls12->material.type = extended ? LURK_TLS12_RSA_EXTENDED_MASTER : LURK_TLS12_RSA_MASTER;
  tls12->type = lurk_tls12_type_name(tls12->material.type);
  return lurk_session_ask(base, 0, tls12->ciphertext.data, tls12->ciphertext.len);
}

const struct lurk_key_request *lurk_tls12_audit(struct lurk_session_base *base) {
  struct lurk_session_tls12 *tls12 = &base->tls12;
  if (tls12->ciphertext.len == 0 || !tls12->finished)
    return NULL;
  tls12->material.type = tls12->material.type == LURK_TLS12_RSA_EXTENDED_MASTER
                             ? LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH
                             : LURK_TLS12_RSA_MASTER_WITH_POH;
  tls12->audit = (struct lurk_key_request){.certificate = base->choice.certificate,
                                           .method = LURK_SKI_RSA,
                                           .protocol = LURK_SKI_TLS_1_2,
                                           .tls12 = &tls12->material};
  return &tls12->audit;
}
