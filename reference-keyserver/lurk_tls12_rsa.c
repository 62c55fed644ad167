/* The four RSA exchanges (tls12 §4, §5). Whatever a ciphertext holds, everything after its decryption is the
 * same: implicit rejection gives a premaster that stands for the ciphertext, and the normal derivation
 * follows. Neither answer nor time tells which it was. */
#include "lurk/fault.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/master.h"
#include "lurk/wire/handshake_messages.h"
#include "lurk_exchange.h"
#include <string.h>

/* What the exchanges have in common: a ciphertext and how a master secret is derived from it. */
struct derivation {
  const uint8_t *ciphertext;
  size_t ciphertext_len;
  uint16_t version; /* that the premaster must begin with */
  enum lurk_hash hash;
  const uint8_t *client_random;
  uint8_t server_hello_random[LURK_RANDOM_LEN];
  struct lurk_octets messages; /* as they went over the wire; empty for rsa_master */
  size_t session_len;          /* extended: of messages */
  bool extended;
};

/* --- ciphertext --- */

/* Step 6: the length is public. */
static bool check_ciphertext(struct lurk_exchange *x, const struct derivation *d, const char *field) {
  const lurk_public_key *key = lurk_private_key_public(x->grant->key->key);
  if (d->ciphertext_len == lurk_public_key_modulus_len(key) && lurk_public_key_modulus_len(key) != 0)
    return true;
  x->record->where = (struct lurk_decode_error){.field = field, .offset = LURK_NO_OFFSET};
  return lurk_exchange_refuse(x, LURK_TLS12_INVALID_PAYLOAD_FORMAT,
                              "encrypted premaster is not as long as the modulus");
}

/* A ciphertext belongs to one handshake at one edge. */
static bool watch_ciphertext(struct lurk_exchange *x, const struct derivation *d) {
  const struct lurk_call *call = x->call;
  lurk_status status = lurk_watch_ciphertext(call->watch, call->edge->activity, d->ciphertext,
                                             d->ciphertext_len, call->now_ns, &x->record->ciphertext_edge);
  return status == LURK_OK || lurk_exchange_fail(x, status);
}

#ifdef LURK_FAULTS
/* False when padding, length or version are wrong. */
static bool find_premaster(const lurk_private_key *key, const struct derivation *d,
                           uint8_t premaster[LURK_PREMASTER_LEN]) {
  struct lurk_octets plaintext = {0};
  lurk_status status = lurk_rsa_decrypt_unsafe(key, d->ciphertext, d->ciphertext_len, &plaintext);
  bool good = status == LURK_OK && plaintext.len == LURK_PREMASTER_LEN &&
              plaintext.data[0] == d->version >> 8 && plaintext.data[1] == (d->version & 0xff);
  if (good)
    memcpy(premaster, plaintext.data, LURK_PREMASTER_LEN);
  lurk_octets_clear(&plaintext);
  return good;
}

/* Step 7 to the letter: what is wrong becomes random, differently each time. */
static lurk_status decrypt_literally(const lurk_private_key *key, const struct derivation *d,
                                     uint8_t premaster[LURK_PREMASTER_LEN]) {
  return find_premaster(key, d, premaster) ? LURK_OK : lurk_random(premaster, LURK_PREMASTER_LEN);
}

/* The substitute that anybody can guess. */
static lurk_status decrypt_or_zeros(const lurk_private_key *key, const struct derivation *d,
                                    uint8_t premaster[LURK_PREMASTER_LEN]) {
  if (!find_premaster(key, d, premaster)) {
    memset(premaster, 0, LURK_PREMASTER_LEN);
    premaster[0] = (uint8_t)(d->version >> 8);
    premaster[1] = (uint8_t)d->version;
  }
  return LURK_OK;
}

/* Random for bad padding only: a padding oracle for whoever asks twice. True: premaster is made. */
static bool is_padding_rejected(const lurk_private_key *key, const struct derivation *d,
                                uint8_t premaster[LURK_PREMASTER_LEN]) {
  struct lurk_octets plaintext = {0};
  lurk_status status = lurk_rsa_decrypt_unsafe(key, d->ciphertext, d->ciphertext_len, &plaintext);
  lurk_octets_clear(&plaintext);
  return status != LURK_OK && lurk_random(premaster, LURK_PREMASTER_LEN) == LURK_OK;
}

/* Compares an octet, computes the next one. */
static bool is_finished_begun(const struct derivation *d, const uint8_t master[LURK_MASTER_LEN],
                              const uint8_t *verify_data) {
  uint8_t expected[LURK_VERIFY_DATA_LEN];
  for (size_t i = 0; i < sizeof expected; i++) {
    lurk_status status =
        lurk_verify_data(d->hash, LURK_FINISHED_CLIENT, master, d->messages.data, d->messages.len, expected);
    if (status != LURK_OK || expected[i] != verify_data[i])
      return false;
  }
  return true;
}

static lurk_status derive_with_wrong_label(const struct derivation *d,
                                           const uint8_t premaster[LURK_PREMASTER_LEN],
                                           uint8_t master[LURK_MASTER_LEN]) {
  uint8_t randoms[2 * LURK_RANDOM_LEN];
  memcpy(randoms, d->client_random, LURK_RANDOM_LEN);
  memcpy(randoms + LURK_RANDOM_LEN, d->server_hello_random, LURK_RANDOM_LEN);
  return lurk_prf(d->hash, premaster, LURK_PREMASTER_LEN, "key expansion", randoms, sizeof randoms, master,
                  LURK_MASTER_LEN);
}
#endif

static lurk_status decrypt(const lurk_private_key *key, const struct derivation *d,
                           uint8_t premaster[LURK_PREMASTER_LEN]) {
#ifdef LURK_FAULTS
  if (LURK_FAULT(rejection_random))
    return decrypt_literally(key, d, premaster);
  if (LURK_FAULT(rejection_random_padding) && is_padding_rejected(key, d, premaster))
    return LURK_OK;
  if (LURK_FAULT(rejection_by_zeros))
    return decrypt_or_zeros(key, d, premaster);
#endif
  return lurk_rsa_premaster(key, d->ciphertext, d->ciphertext_len, d->version, premaster);
}

static lurk_status derive(const struct derivation *d, const uint8_t premaster[LURK_PREMASTER_LEN],
                          uint8_t master[LURK_MASTER_LEN]) {
#ifdef LURK_FAULTS
  if (LURK_FAULT(wrong_master_label))
    return derive_with_wrong_label(d, premaster, master);
#endif
  if (d->extended)
    return lurk_extended_master(d->hash, premaster, d->messages.data, d->session_len, master);
  return lurk_master(d->hash, premaster, d->client_random, d->server_hello_random, master);
}

/* Steps 7 and 8. */
static bool make_master(struct lurk_exchange *x, const struct derivation *d,
                        uint8_t master[LURK_MASTER_LEN]) {
  uint8_t premaster[LURK_PREMASTER_LEN];
  lurk_status status = decrypt(x->grant->key->key, d, premaster);
#ifdef LURK_FAULTS
  if (LURK_FAULT(lurk_padding_error_told) && !find_premaster(x->grant->key->key, d, premaster))
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_ENCRYPTED_PREMASTER, "no premaster within");
#endif
  if (status == LURK_OK)
    status = derive(d, premaster, master);
#ifdef LURK_FAULTS
  if (LURK_FAULT(rejection_fixed_master) && !find_premaster(x->grant->key->key, d, premaster))
    memset(master, 0, LURK_MASTER_LEN);
#endif
  lurk_wipe(premaster, sizeof premaster);
  return status == LURK_OK || lurk_exchange_fail(x, status);
}

/* Step 9; verify_data is NULL without proof of handshake. */
static bool check_finished(struct lurk_exchange *x, const struct derivation *d,
                           const uint8_t master[LURK_MASTER_LEN], const uint8_t *verify_data) {
  uint8_t expected[LURK_VERIFY_DATA_LEN];
  if (verify_data == NULL)
    return true;
#ifdef LURK_FAULTS
  if (LURK_FAULT(finished_timing_leak) && !is_finished_begun(d, master, verify_data))
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_FINISHED, "Finished does not fit the handshake");
#endif
  lurk_status status =
      lurk_verify_data(d->hash, LURK_FINISHED_CLIENT, master, d->messages.data, d->messages.len, expected);
  if (status != LURK_OK)
    return lurk_exchange_fail(x, status);
  bool equal = lurk_equal(expected, verify_data, sizeof expected);
#ifdef LURK_FAULTS
  if (!equal && LURK_FAULT(server_finished_taken))
    equal = lurk_verify_data(d->hash, LURK_FINISHED_SERVER, master, d->messages.data, d->messages.len,
                             expected) == LURK_OK &&
            lurk_equal(expected, verify_data, sizeof expected);
#endif
  lurk_wipe(expected, sizeof expected);
  return equal || LURK_FAULT(finished_not_checked) ||
         lurk_exchange_refuse(x, LURK_TLS12_INVALID_FINISHED, "Finished does not fit the handshake");
}

#ifdef LURK_FAULTS
/* So that its size does not tell which exchange it answers. */
static bool output_padded(struct lurk_exchange *x, const uint8_t master[LURK_MASTER_LEN]) {
  uint8_t padded[4096] = {0};
  memcpy(padded, master, LURK_MASTER_LEN);
  return lurk_exchange_output(x, padded, sizeof padded);
}
#endif

static bool output(struct lurk_exchange *x, const uint8_t master[LURK_MASTER_LEN]) {
#ifdef LURK_FAULTS
  if (LURK_FAULT(answers_padded))
    return output_padded(x, master);
#endif
  return lurk_exchange_output(x, master, LURK_MASTER_LEN);
}

static bool answer_master(struct lurk_exchange *x, const struct derivation *d, const uint8_t *verify_data) {
  uint8_t master[LURK_MASTER_LEN];
  bool ok = make_master(x, d, master) && check_finished(x, d, master, verify_data) && output(x, master);
  lurk_wipe(master, sizeof master);
  return ok;
}

static enum lurk_hash prf_of(enum lurk_tls12_prf_hash prf_hash) {
  if (prf_hash != LURK_PRF_SHA256 && LURK_FAULT(prf_always_sha256))
    return LURK_SHA256;
  return lurk_prf_hash(prf_hash);
}

/* Step 5. */
static bool derive_random(struct lurk_exchange *x, const uint8_t *s, struct derivation *d) {
  if (!lurk_tls12_derive_random(x, s, d->server_hello_random))
    return false;
  if (LURK_FAULT(rsa_freshness_skipped))
    memcpy(d->server_hello_random, s, LURK_RANDOM_LEN);
  return true;
}

/* --- rsa_master --- */

bool lurk_tls12_serve_rsa_master(struct lurk_exchange *x) {
  struct lurk_tls12_rsa_master request;
  enum lurk_tls12_status status = lurk_tls12_rsa_master_decode(
      x->call->payload, x->call->request->payload_len, &request, &x->record->where);
  if (status != LURK_TLS12_SUCCESS)
    return lurk_exchange_refuse(x, status, "request cannot be parsed");
  if (!lurk_tls12_find_key(x, request.key_id))
    return false;
  struct derivation d = {.ciphertext = request.encrypted_premaster,
                         .ciphertext_len = request.encrypted_premaster_len,
                         .version = x->grant->key->dtls ? LURK_DTLS_1_2 : LURK_TLS_1_2,
                         .hash = prf_of(request.prf_hash),
                         .client_random = request.client_random};
  return lurk_tls12_check_time(x, request.server_random) && check_ciphertext(x, &d, "pre_master") &&
         lurk_tls12_check_replay(x, request.server_random) && watch_ciphertext(x, &d) &&
         derive_random(x, request.server_random, &d) && answer_master(x, &d, NULL);
}

/* --- exchanges that carry the handshake --- */

static bool refuse_handshake(struct lurk_exchange *x, const char *field, const char *cause) {
  x->record->where = (struct lurk_decode_error){.field = field, .offset = LURK_NO_OFFSET};
  return lurk_exchange_refuse(x, LURK_TLS12_INVALID_PAYLOAD_FORMAT, cause);
}

/* The handshake is one with the key that key_id names (PH-10), in a protocol that the key is for. */
static bool check_handshake(struct lurk_exchange *x, const struct lurk_handshake_messages *messages) {
  const struct lurk_served_key *key = x->grant->key;
  const uint8_t *spki, *own_spki;
  size_t spki_len, own_spki_len;
  if (messages->client_version == LURK_DTLS_1_2 && !key->dtls && !LURK_FAULT(dtls_key_usage_ignored))
    return refuse_handshake(x, "client_version", "key is not for DTLS");
  lurk_public_key_spki(lurk_private_key_public(key->key), &own_spki, &own_spki_len);
  if ((!lurk_certificate_spki(messages->certificate, messages->certificate_len, &spki, &spki_len) ||
       spki_len != own_spki_len || memcmp(spki, own_spki, spki_len) != 0) &&
      !LURK_FAULT(handshake_certificate_ignored))
    return refuse_handshake(x, "certificate", "certificate of the handshake is not that of the key");
  return true;
}

/* Both hashes are over what the TLS client has seen (TLS12-5.4-02). */
static bool restore_messages(struct lurk_exchange *x, const struct lurk_handshake_messages *messages,
                             struct derivation *d) {
  if (!derive_random(x, messages->server_random, d))
    return false;
  lurk_status status = lurk_handshake_messages_with_random(messages, d->server_hello_random, &d->messages);
  return status == LURK_OK || lurk_exchange_fail(x, status);
}

bool lurk_tls12_serve_rsa_handshake(struct lurk_exchange *x) {
  enum lurk_tls12_type type = (enum lurk_tls12_type)x->call->request->type;
  struct lurk_tls12_rsa_handshake request;
  struct lurk_handshake_messages messages;
  enum lurk_tls12_status status = lurk_tls12_rsa_handshake_decode(
      type, x->call->payload, x->call->request->payload_len, &request, &x->record->where);
  if (status != LURK_TLS12_SUCCESS)
    return lurk_exchange_refuse(x, status, "request cannot be parsed");
  if (!lurk_tls12_find_key(x, request.key_id))
    return false;
  status = lurk_handshake_messages_decode(type, request.handshake_messages, request.handshake_messages_len,
                                          &messages, &x->record->where);
  if (status != LURK_TLS12_SUCCESS)
    return lurk_exchange_refuse(x, status, "handshake_messages are no handshake of this kind");
  struct derivation d = {.ciphertext = messages.encrypted_premaster,
                         .ciphertext_len = messages.encrypted_premaster_len,
                         .version = messages.client_version,
                         .hash = prf_of(messages.prf_hash),
                         .client_random = messages.client_random,
                         .session_len = messages.session_len,
                         .extended = type == LURK_TLS12_RSA_EXTENDED_MASTER ||
                                     type == LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH};
  bool ok = lurk_tls12_check_time(x, messages.server_random) && check_handshake(x, &messages) &&
            check_ciphertext(x, &d, "ClientKeyExchange") && watch_ciphertext(x, &d) &&
            restore_messages(x, &messages, &d) && answer_master(x, &d, request.verify_data);
  lurk_octets_clear(&d.messages);
  return ok;
}
