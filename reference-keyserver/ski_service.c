#include "ski_service.h"

#include "lurk/fault.h"
#include "lurk/wire/handshake.h"
#include <stdio.h>
#include <string.h>

/* A call on its way: each step returns false when it has refused. */
struct exchange {
  const struct lurk_ski_call *call;
  struct lurk_ski_record *record;
  struct lurk_ski_request request;
  const struct lurk_grant *grant;
  struct lurk_signature_algorithm algorithm; /* ECDHE */
  struct lurk_octets output;
};

static bool refuse(struct exchange *x, enum lurk_ski_error error, const char *cause) {
  x->record->error = error;
  x->record->cause = cause;
  return false;
}

static bool refuse_member(struct exchange *x, enum lurk_ski_error error, const char *cause,
                          const char *field) {
  x->record->where = (struct lurk_decode_error){.field = field, .offset = LURK_NO_OFFSET};
  return refuse(x, error, cause);
}

static bool refuse_status(struct exchange *x, lurk_status status) {
  return refuse(x, LURK_SKI_UNSPECIFIED_ERROR, lurk_status_name(status));
}

static bool decode(struct exchange *x) {
  const struct lurk_ski_call *call = x->call;
  struct lurk_ski_record *record = x->record;
  lurk_status status = lurk_ski_request_decode(call->format, call->body, call->len, call->allow_alias,
                                               &x->request, &record->where);
  if (status == LURK_ERR_MALFORMED && call->format == LURK_SKI_CBOR && LURK_FAULT(cbor_errors_unexpected))
    status = LURK_ERR_BACKEND;
  if (status == LURK_ERR_MALFORMED)
    return refuse(x, LURK_SKI_MALFORMED_REQUEST, "request cannot be parsed");
  if (status != LURK_OK)
    return refuse_status(x, status);
  record->decoded = true;
  record->protocol = x->request.protocol;
  record->method = x->request.method;
  record->hash = x->request.hash;
  record->scheme_present = x->request.scheme_present;
  record->scheme = x->request.scheme;
  record->spki_is_alias = x->request.spki_is_alias;
  memcpy(record->spki, x->request.spki, sizeof record->spki);
  return true;
}

#ifdef LURK_FAULTS
static bool is_denied_for_any_key(const struct lurk_ski_request *request) {
  return request->protocol < LURK_SKI_TLS_1_2 || request->hash == LURK_SKI_SHA224;
}
#endif

static bool find_key(struct exchange *x) {
  x->grant = x->request.spki_is_alias ? lurk_edge_find_alias(x->call->edge, x->request.spki)
                                      : lurk_edge_find_key(x->call->edge, x->request.spki);
#ifdef LURK_FAULTS
  if (x->grant == NULL && LURK_FAULT(foreign_key_told) &&
      lurk_authorisation_has_key(x->call->edge->all, x->request.spki))
    return refuse(x, LURK_SKI_REQUEST_DENIED, "key of another edge");
  if (x->grant == NULL && is_denied_for_any_key(&x->request) && LURK_FAULT(rights_judged_first))
    return refuse(x, LURK_SKI_REQUEST_DENIED, "denied for any key");
  if (x->grant == NULL && x->call->edge->grant_count > 0 && LURK_FAULT(unknown_key_means_first))
    x->grant = &x->call->edge->grants[0];
#endif
  if (x->grant == NULL)
    return refuse(x, LURK_FAULT(unknown_key_is_denied) ? LURK_SKI_REQUEST_DENIED : LURK_SKI_SPKI_NOT_FOUND,
                  "no such key among those of the edge");
  x->record->key = x->grant->key;
  return true;
}

/* By hash or scheme; method RSA ignores both. */
static bool choose_algorithm(struct exchange *x) {
  static const enum lurk_hash hashes[] = {[LURK_SKI_SHA224] = LURK_SHA224,
                                          [LURK_SKI_SHA256] = LURK_SHA256,
                                          [LURK_SKI_SHA384] = LURK_SHA384,
                                          [LURK_SKI_SHA512] = LURK_SHA512};
  enum lurk_key_type type = lurk_private_key_type(x->grant->key->key);
  bool tls13 = x->request.protocol == LURK_SKI_TLS_1_3;
  if (x->request.scheme_present) {
    if (lurk_signature_for_scheme(type, x->request.scheme, tls13, &x->algorithm) != LURK_OK)
      return refuse_member(x, LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type",
                           "scheme");
    return true;
  }
  if (tls13 && !LURK_FAULT(hash_taken_for_tls13))
    return refuse_member(x, LURK_SKI_MALFORMED_REQUEST, "TLS 1.3 needs a scheme", "scheme");
  if (x->request.hash == LURK_SKI_HASH_ABSENT && LURK_FAULT(absent_hash_means_sha256))
    x->request.hash = LURK_SKI_SHA256;
  if (x->request.hash == LURK_SKI_HASH_ABSENT)
    return refuse_member(x, LURK_SKI_REQUEST_DENIED, "an absent hash means SHA-1", "hash");
  if (lurk_signature_for_hash(type, hashes[x->request.hash], &x->algorithm) != LURK_OK)
    return refuse_member(x, LURK_SKI_REQUEST_DENIED, "hash is weak or of another key type", "hash");
  return true;
}

static bool check_rights(struct exchange *x) {
  const struct lurk_ski_request *request = &x->request;
  unsigned usage = lurk_key_usage_methods(x->grant->key->usage);
  if ((x->grant->methods & usage & 1u << request->method) == 0 && !LURK_FAULT(ski_method_ignored))
    return refuse_member(x, LURK_SKI_REQUEST_DENIED, "key is not for this method", "method");
  if ((x->grant->protocols & 1u << request->protocol) == 0 && !LURK_FAULT(ski_protocol_ignored))
    return refuse_member(x, LURK_SKI_REQUEST_DENIED, "protocol is not allowed", "protocol");
  if (!lurk_served_key_is_current(x->grant->key, x->call->now))
    return refuse(x, LURK_SKI_REQUEST_DENIED, "certificate of the key is not valid now");
  return request->method == LURK_SKI_RSA || choose_algorithm(x);
}

/* What makes a handshake one of a kind, or the ciphertext that came in it. A replay is an authorised,
 * well-formed request for one that was noted before. */
static bool check_replay(struct exchange *x, const uint8_t *data, size_t len) {
  if (x->call->replay_window_seconds == 0)
    return true;
  uint8_t digest[LURK_RECENT_DIGEST_LEN];
  uint8_t label = x->request.method == LURK_SKI_RSA         ? 'R'
                  : x->request.protocol == LURK_SKI_TLS_1_3 ? '3'
                                                            : '2';
  lurk_status status = lurk_watch_digest(x->call->watch, label, data, len, digest);
  if (status != LURK_OK)
    return refuse_status(x, status);
  uint64_t keep_ns = x->call->replay_window_seconds * UINT64_C(1000000000);
  switch (
      lurk_activity_handshake(x->call->edge->activity, LURK_REPLAY_SKI, digest, x->call->now_ns, keep_ns)) {
  case LURK_RECENT_NEW:
    return true;
  case LURK_RECENT_SEEN:
    x->record->replayed = true;
    return refuse(x, LURK_SKI_REQUEST_DENIED, "handshake was seen within the replay window");
  case LURK_RECENT_NO_ROOM:
    break;
  }
  return refuse(x, LURK_SKI_REQUEST_DENIED, "replay window is full");
}

static bool check_ecdhe_input(struct exchange *x) {
  const struct lurk_octets *input = &x->request.input;
  struct lurk_ecdhe_input parts;
  if (lurk_ecdhe_input_decode(input->data, input->len, &parts, &x->record->where) != LURK_OK)
    return refuse(x, LURK_FAULT(bad_input_is_denied) ? LURK_SKI_REQUEST_DENIED : LURK_SKI_MALFORMED_REQUEST,
                  "input holds no ECDHE parameters");
  lurk_status status = lurk_group_check_point(parts.named_group, parts.point, parts.point_len);
  if (status == LURK_ERR_MALFORMED || status == LURK_ERR_UNSUPPORTED) {
    x->record->where.field = "point";
    x->record->where.offset = (size_t)(parts.point - input->data);
    return refuse(x, LURK_SKI_MALFORMED_REQUEST, "input holds an invalid public key");
  }
  if (status != LURK_OK)
    return refuse_status(x, status);
  return check_replay(x, parts.client_random, 2 * LURK_RANDOM_LEN); /* server_random follows */
}

#ifdef LURK_FAULTS
/* What the client of TLS 1.3 signs in the place of what its server does. */
static void turn_context(struct lurk_octets *input) {
  static const char client[] = "client";
  uint8_t *server = memmem(input->data, input->len, "server", strlen("server"));
  if (server != NULL)
    memcpy(server, client, strlen(client));
}
#endif

static bool check_tls13_input(struct exchange *x) {
  const struct lurk_octets *input = &x->request.input;
  const uint8_t *hash;
  size_t hash_len;
  if (lurk_certificate_verify_decode(input->data, input->len, &hash, &hash_len, &x->record->where) != LURK_OK)
    return refuse(x, LURK_SKI_MALFORMED_REQUEST, "input is not the content of a server's CertificateVerify");
  return check_replay(x, hash, hash_len);
}

/* The input is hashed here, whatever it claims to be (SKI §4.2.3), and signed only when it is what it should
 * be (§5.1.2, §6, A-70). */
static bool sign(struct exchange *x) {
  bool tls13 = x->request.protocol == LURK_SKI_TLS_1_3;
  if (!(tls13 ? check_tls13_input(x) : check_ecdhe_input(x)) && (tls13 || !LURK_FAULT(any_input_signed)))
    return false;
#ifdef LURK_FAULTS
  if (tls13 && LURK_FAULT(client_context_put_in))
    turn_context(&x->request.input);
#endif
  uint8_t signature[LURK_MAX_SIGNATURE_LEN];
  size_t len = sizeof signature;
  lurk_status status = lurk_sign(x->grant->key->key, x->algorithm, x->request.input.data,
                                 x->request.input.len, signature, &len);
  if (status != LURK_OK)
    return refuse_status(x, status);
  return lurk_octets_copy(&x->output, signature, len) || refuse_status(x, LURK_ERR_MEMORY);
}

#ifdef LURK_FAULTS
/* What §5.1.1 says to the letter, and worse. True: the call is answered, x->output set or the error given. */
static bool decrypt_faulty(struct exchange *x, bool *ok) {
  struct lurk_octets plaintext = {0};
  lurk_status status =
      lurk_rsa_decrypt_unsafe(x->grant->key->key, x->request.input.data, x->request.input.len, &plaintext);
  bool answered = false;
  if (status == LURK_OK && LURK_FAULT(premaster_without_rejection)) {
    x->output = plaintext;
    plaintext = (struct lurk_octets){0};
    *ok = answered = true;
  } else if (status != LURK_OK && LURK_FAULT(distinguishable_padding_error)) {
    *ok = refuse(x, LURK_SKI_UNSPECIFIED_ERROR, "padding");
    answered = true;
  }
  lurk_octets_clear(&plaintext);
  return answered;
}

/* As a vector of TLS has it. */
static lurk_status put_length_before(struct lurk_octets *output) {
  struct lurk_octets vector;
  if (!lurk_octets_alloc(&vector, output->len + 2))
    return LURK_ERR_MEMORY;
  vector.data[0] = (uint8_t)(output->len >> 8);
  vector.data[1] = (uint8_t)output->len;
  memcpy(vector.data + 2, output->data, output->len);
  lurk_octets_clear(output);
  *output = vector;
  return LURK_OK;
}

static void leak(struct lurk_ski_record *record, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len && i < LURK_SKI_LEAK_LEN; i++)
    snprintf(&record->leak[2 * i], 3, "%02x", data[i]);
}
#endif

/* Implicit rejection: whatever the ciphertext holds, the answer is a success with 48 octets, and nothing here
 * depends on which it was. The expected client_version follows from the protocol. */
static bool decrypt(struct exchange *x) {
  const struct lurk_octets *input = &x->request.input;
  const lurk_private_key *key = x->grant->key->key;
  if (input->len != lurk_public_key_modulus_len(lurk_private_key_public(key)) &&
      !LURK_FAULT(ciphertext_length_not_checked))
    return refuse_member(x, LURK_SKI_MALFORMED_REQUEST, "input is not as long as the modulus", "input");
#ifdef LURK_FAULTS
  if (input->len > 0 && input->data[0] == 0 && LURK_FAULT(leading_zero_of_ciphertext_refused))
    return refuse_member(x, LURK_SKI_MALFORMED_REQUEST, "input begins with zero", "input");
#endif
  if (!check_replay(x, input->data, input->len))
    return false;
  lurk_status status = lurk_watch_ciphertext(x->call->watch, x->call->edge->activity, input->data, input->len,
                                             x->call->now_ns, &x->record->ciphertext_edge);
  if (status != LURK_OK)
    return refuse_status(x, status);
#ifdef LURK_FAULTS
  bool ok;
  if ((LURK_FAULT(premaster_without_rejection) || LURK_FAULT(distinguishable_padding_error)) &&
      decrypt_faulty(x, &ok))
    return ok;
#endif
  uint8_t premaster[LURK_PREMASTER_LEN];
  uint16_t version = x->request.protocol == LURK_SKI_DTLS_1_2 && !LURK_FAULT(dtls_premaster_expected_as_tls)
                         ? 0xfefd
                         : 0x0303;
  status = lurk_rsa_premaster(key, input->data, input->len, version, premaster);
  if (status == LURK_OK && !lurk_octets_copy(&x->output, premaster, sizeof premaster))
    status = LURK_ERR_MEMORY;
#ifdef LURK_FAULTS
  if (status == LURK_OK && LURK_FAULT(premaster_with_length))
    status = put_length_before(&x->output);
#endif
  lurk_wipe(premaster, sizeof premaster);
  return status == LURK_OK || refuse_status(x, status);
}

static bool operate(struct exchange *x) {
#ifdef LURK_FAULTS
  if (LURK_FAULT(input_in_log))
    leak(x->record, x->request.input.data, x->request.input.len);
#endif
  bool ok = x->request.method == LURK_SKI_ECDHE ? sign(x) : decrypt(x);
#ifdef LURK_FAULTS
  if (LURK_FAULT(secret_in_log))
    leak(x->record, x->output.data, x->output.len);
#endif
  return ok;
}

lurk_status lurk_ski_answer(const struct lurk_ski_call *call, struct lurk_ski_record *record,
                            struct lurk_octets *response) {
  *record = (struct lurk_ski_record){0};
  struct exchange x = {.call = call, .record = record};
  record->served = decode(&x) && find_key(&x) && check_rights(&x) && operate(&x);
  if (!record->served && record->error == LURK_SKI_REQUEST_DENIED && LURK_FAULT(denied_is_malformed))
    record->error = LURK_SKI_MALFORMED_REQUEST;
  const struct lurk_ski_response answer = {.is_error = !record->served,
#ifdef LURK_FAULTS
                                           .detail = record->cause,
#endif
                                           .error = record->error,
                                           .output = x.output};
  lurk_status status = lurk_ski_response_encode(call->format, &answer, response);
  lurk_octets_clear(&x.output);
  lurk_ski_request_clear(&x.request);
  return status;
}

unsigned lurk_ski_http_status(enum lurk_ski_error error) {
  switch (error) {
  case LURK_SKI_MALFORMED_REQUEST:
    return 400;
  case LURK_SKI_REQUEST_DENIED:
    return 403;
  case LURK_SKI_SPKI_NOT_FOUND:
    return 404;
  case LURK_SKI_UNSPECIFIED_ERROR:
    break;
  }
  return 500;
}
