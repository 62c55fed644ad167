#include "fuzz/keyserver/canary.h"
#include "fuzz/keyserver/judge.h"
#include "fuzz/keyserver/judge_internal.h"
#include "fuzz/target.h"
#include "lurk/tls/freshness.h"
#include "lurk/tls/master.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/handshake_messages.h"
#include "lurk/wire/lurk_base.h"
#include "lurk/wire/lurk_header.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include <time.h>

enum { MESSAGE_LIMIT = 8192 }; /* as configured */

struct message {
  struct lurk_header header;
  const uint8_t *payload;
};

/* Success names a key by a right that the peer has; the S of its handshake is fresh, and new but in the
 * exchanges that carry a handshake, which repeat it. */
static const lurk_private_key *check_right(struct judge *judge, enum who who, const struct message *request,
                                           const uint8_t *key_id, const uint8_t *s) {
  uint8_t handshake[1 + LURK_RANDOM_LEN];
  enum lab_key key = fuzz_lab_find_key_id(key_id);
  FUZZ_CHECK(key < KEY_COUNT && fuzz_lab_may_lurk(who, key, request->header.type));
  FUZZ_CHECK(lurk_freshness_is_timely(s, time(NULL), LAB_WINDOW_SECONDS));
  if (request->header.type != LURK_TLS12_RSA_MASTER && request->header.type != LURK_TLS12_ECDHE)
    return lab_keys[key].key;
  handshake[0] = (uint8_t)key;
  memcpy(handshake + 1, s, LURK_RANDOM_LEN);
  judge_handshake(judge, who, 'S', handshake, sizeof handshake);
  return lab_keys[key].key;
}

static void check_ecdhe(struct judge *judge, enum who who, const struct message *request,
                        const struct message *answer) {
  struct lurk_tls12_ecdhe asked;
  struct lurk_tls12_signature signature;
  struct lurk_signature_algorithm algorithm;
  struct lurk_decode_error error;
  uint8_t message[2 * LURK_RANDOM_LEN + 4 + LURK_MAX_POINT_LEN];
  FUZZ_CHECK(lurk_tls12_ecdhe_decode(request->payload, request->header.payload_len, &asked, &error) ==
             LURK_TLS12_SUCCESS);
  const lurk_private_key *key = check_right(judge, who, request, asked.key_id, asked.server_random);
  FUZZ_CHECK(lurk_tls12_signature_decode(answer->payload, answer->header.payload_len, asked.scheme,
                                         &signature, &error) == LURK_OK);
  /* Proofs are required where there are any. */
  if (lurk_scalar_len(asked.named_group) != 0)
    FUZZ_CHECK(asked.poo_prf != LURK_POO_NULL && lurk_ownership_verify(&asked) == LURK_OK);
  FUZZ_CHECK(lurk_group_check_point(asked.named_group, asked.point, asked.point_len) == LURK_OK);
  memcpy(message, asked.client_random, LURK_RANDOM_LEN);
  FUZZ_CHECK(lurk_freshness(asked.server_random, message + LURK_RANDOM_LEN) == LURK_OK);
  FUZZ_CHECK(asked.params_len <= sizeof message - 2 * LURK_RANDOM_LEN);
  memcpy(message + 2 * LURK_RANDOM_LEN, asked.params, asked.params_len);
  FUZZ_CHECK(lurk_signature_for_scheme(lurk_private_key_type(key), asked.scheme, false, &algorithm) ==
             LURK_OK);
  FUZZ_CHECK(lurk_verify(lurk_private_key_public(key), algorithm, message,
                         2 * LURK_RANDOM_LEN + asked.params_len, signature.octets, signature.len) == LURK_OK);
}

static const enum lurk_hash prf_hashes[] = {LURK_SHA256, LURK_SHA384, LURK_SHA512};

/* A premaster never leaves, whatever it is. */
static void check_premaster(struct judge *judge, const lurk_private_key *key, const uint8_t *ciphertext,
                            size_t len, uint8_t premaster[LURK_PREMASTER_LEN]) {
  FUZZ_CHECK(lurk_rsa_premaster(key, ciphertext, len, 0x0303, premaster) == LURK_OK);
  FUZZ_CHECK(!fuzz_secret_is_shown(premaster, LURK_PREMASTER_LEN, lurk_buffer_data(&judge->shown),
                                   judge->shown.len));
  FUZZ_CHECK(lurk_buffer_append(&judge->secret, premaster, LURK_PREMASTER_LEN));
}

static void check_master(struct judge *judge, enum who who, const struct message *request,
                         const uint8_t *master) {
  struct lurk_tls12_rsa_master asked;
  struct lurk_decode_error error;
  uint8_t premaster[LURK_PREMASTER_LEN], expected[LURK_MASTER_LEN], random[LURK_RANDOM_LEN];
  FUZZ_CHECK(lurk_tls12_rsa_master_decode(request->payload, request->header.payload_len, &asked, &error) ==
             LURK_TLS12_SUCCESS);
  const lurk_private_key *key = check_right(judge, who, request, asked.key_id, asked.server_random);
  check_premaster(judge, key, asked.encrypted_premaster, asked.encrypted_premaster_len, premaster);
  FUZZ_CHECK(lurk_freshness(asked.server_random, random) == LURK_OK);
  FUZZ_CHECK(lurk_master(prf_hashes[asked.prf_hash], premaster, asked.client_random, random, expected) ==
             LURK_OK);
  FUZZ_CHECK(memcmp(master, expected, sizeof expected) == 0);
}

static void check_handshake(struct judge *judge, enum who who, const struct message *request,
                            const uint8_t *master) {
  struct lurk_tls12_rsa_handshake asked;
  struct lurk_handshake_messages found;
  struct lurk_decode_error error;
  struct lurk_octets messages = {NULL, 0};
  uint8_t premaster[LURK_PREMASTER_LEN], random[LURK_RANDOM_LEN], verify_data[LURK_VERIFY_DATA_LEN];
  enum lurk_tls12_type type = (enum lurk_tls12_type)request->header.type;
  FUZZ_CHECK(lurk_tls12_rsa_handshake_decode(type, request->payload, request->header.payload_len, &asked,
                                             &error) == LURK_TLS12_SUCCESS);
  FUZZ_CHECK(lurk_handshake_messages_decode(type, asked.handshake_messages, asked.handshake_messages_len,
                                            &found, &error) == LURK_TLS12_SUCCESS);
  const lurk_private_key *key = check_right(judge, who, request, asked.key_id, found.server_random);
  check_premaster(judge, key, found.encrypted_premaster, found.encrypted_premaster_len, premaster);
  if (asked.verify_data == NULL)
    return;
  /* With proof of handshake the client's Finished must have been right. */
  FUZZ_CHECK(lurk_freshness(found.server_random, random) == LURK_OK);
  FUZZ_CHECK(lurk_handshake_messages_with_random(&found, random, &messages) == LURK_OK);
  FUZZ_CHECK(lurk_verify_data(prf_hashes[found.prf_hash], LURK_FINISHED_CLIENT, master, messages.data,
                              messages.len, verify_data) == LURK_OK);
  FUZZ_CHECK(memcmp(verify_data, asked.verify_data, sizeof verify_data) == 0);
  lurk_octets_clear(&messages);
}

static void check_secret(struct judge *judge, enum who who, const struct message *request,
                         const struct message *answer) {
  const uint8_t *master;
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_tls12_master_decode(answer->payload, answer->header.payload_len, &master, &error) ==
             LURK_OK);
  if (request->header.type == LURK_TLS12_RSA_MASTER)
    check_master(judge, who, request, master);
  else
    check_handshake(judge, who, request, master);
  FUZZ_CHECK(lurk_buffer_append(&judge->secret, master, LURK_MASTER_LEN));
}

static void check_capabilities(const struct message *answer) {
  static struct lurk_tls12_capabilities tls12;
  struct lurk_base_capabilities base;
  struct lurk_decode_error error;
  lurk_status status =
      answer->header.designation == LURK_DESIGNATION_LURK
          ? lurk_base_capabilities_decode(answer->payload, answer->header.payload_len, &base, &error)
          : lurk_tls12_capabilities_decode(answer->payload, answer->header.payload_len, &tls12, &error);
  FUZZ_CHECK(status == LURK_OK);
}

static void check_success(struct judge *judge, enum who who, const struct message *request,
                          const struct message *answer) {
  const bool base = request->header.designation == LURK_DESIGNATION_LURK;
  judge->served++;
  FUZZ_CHECK(fuzz_lab_identity(who) != NULL && request->header.status == LURK_MESSAGE_REQUEST);
  FUZZ_CHECK(base || (request->header.designation == LURK_DESIGNATION_TLS12 &&
                      request->header.type < LURK_TLS12_TYPE_COUNT));
  if (request->header.type == LURK_TLS12_CAPABILITIES) /* 0 in both */
    check_capabilities(answer);
  else if (request->header.type == LURK_TLS12_PING) /* 1 in both */
    FUZZ_CHECK(answer->header.payload_len == 0 && request->header.payload_len == 0);
  else if (request->header.type == LURK_TLS12_ECDHE)
    check_ecdhe(judge, who, request, answer);
  else
    check_secret(judge, who, request, answer);
}

static void judge_answer(struct judge *judge, enum who who, const struct message *request,
                         const struct message *answer) {
  struct lurk_header asked = request->header;
  enum lurk_answer kind = lurk_answer_to(&asked, &answer->header);
  FUZZ_CHECK(answer->header.id == asked.id && answer->header.type == asked.type);
  if (asked.designation == LURK_DESIGNATION_LURK && asked.version == LURK_EXTENSION_VERSION)
    FUZZ_CHECK(kind == LURK_ANSWER_SUCCESS || kind == LURK_ANSWER_BASE_ERROR);
  else
    FUZZ_CHECK(kind == LURK_ANSWER_SUCCESS || kind == LURK_ANSWER_ERROR || kind == LURK_ANSWER_BASE_ERROR);
  if (kind == LURK_ANSWER_SUCCESS)
    check_success(judge, who, request, answer);
  else
    FUZZ_CHECK(answer->header.payload_len == LURK_STATE_LEN ||
               (judge->short_of_memory && answer->header.payload_len == 0));
}

/* False: a message is not there as a whole. A length that cannot be leaves a header alone. */
static bool read_message(const struct lurk_buffer *buffer, struct message *out, size_t *len, bool *whole) {
  const uint8_t *data = lurk_buffer_data(buffer);
  if (buffer->len < LURK_HEADER_LEN)
    return false;
  *whole = lurk_header_decode(data, LURK_LENGTH_WHOLE_MESSAGE, MESSAGE_LIMIT, &out->header) == LURK_OK;
  *len = LURK_HEADER_LEN + out->header.payload_len;
  out->payload = data + LURK_HEADER_LEN;
  return *len <= buffer->len;
}

void judge_lurk(struct judge *judge, enum who who, struct lurk_buffer *asked, lurk_connection *connection) {
  struct message request, answer;
  size_t request_len, answer_len;
  bool good = true, whole;
  judge->uncounted |= judge->short_of_memory;
  judge_show(judge, lurk_buffer_data(&connection->sent), connection->sent.len);
  while (connection->sent.len > 0) {
    FUZZ_CHECK(read_message(&connection->sent, &answer, &answer_len, &whole) && whole);
    FUZZ_CHECK(good && read_message(asked, &request, &request_len, &good));
    judge_answer(judge, who, &request, &answer);
    FUZZ_CHECK(good || answer.header.status == LURK_BASE_INVALID_FORMAT || fuzz_lab_identity(who) == NULL);
    lurk_buffer_consume(asked, request_len);
    lurk_buffer_consume(&connection->sent, answer_len);
  }
  /* Whatever came as a whole has been answered. */
  FUZZ_CHECK(connection->finished || !read_message(asked, &request, &request_len, &good));
}
