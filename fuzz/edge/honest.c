#include "fuzz/edge/honest.h"

#include "fuzz/embedded.h"
#include "fuzz/target.h"
#include "lurk/tls/freshness.h"
#include "lurk/wire/lurk_base.h"
#include "lurk/wire/lurk_header.h"

struct honest honest;

void honest_start(void) {
  static const char *const pems[HONEST_KEYS] = {fuzz_p256_pem, fuzz_ed25519_pem, fuzz_rsa2048_pem};
  for (int i = 0; i < HONEST_KEYS; i++) {
    struct lurk_certificate *certificate = &honest.certificates[i];
    const uint8_t *der;
    size_t len;
    FUZZ_CHECK(lurk_private_key_load((const uint8_t *)pems[i], strlen(pems[i]), &honest.keys[i]) == LURK_OK);
    certificate->name = "certificate";
    certificate->rsa_exchange = i == HONEST_RSA;
    /* The edge has the public half alone. */
    lurk_public_key_spki(lurk_private_key_public(honest.keys[i]), &der, &len);
    FUZZ_CHECK(lurk_public_key_load(der, len, &certificate->public_key) == LURK_OK);
    FUZZ_CHECK(lurk_digest(LURK_SHA256, der, len, certificate->spki) == LURK_OK);
  }
}

void honest_secret(const uint8_t *data, size_t len, uint8_t secret[LURK_PREMASTER_LEN]) {
  FUZZ_CHECK(lurk_digest(LURK_SHA384, data, len, secret) == LURK_OK);
  secret[0] = secret[1] = 3;
}

/* One octet at least: none would be no output. */
static size_t resized(size_t len, int more) {
  const int wanted = (int)len + more;
  return wanted < 1 ? 1 : wanted > LURK_MAX_SIGNATURE_LEN ? LURK_MAX_SIGNATURE_LEN : (size_t)wanted;
}

/* --- SKI --- */

static const lurk_private_key *key_of(const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]) {
  int i = 0;
  while (memcmp(honest.certificates[i].spki, spki, LURK_SKI_FINGERPRINT_LEN) != 0)
    FUZZ_CHECK(++i < HONEST_KEYS);
  return honest.keys[i];
}

static void perform(const struct lurk_ski_request *request, int more, struct lurk_octets *output) {
  const lurk_private_key *key = key_of(request->spki);
  struct lurk_signature_algorithm algorithm;
  uint8_t octets[LURK_MAX_SIGNATURE_LEN] = {0};
  size_t len = sizeof octets;
  if (request->method == LURK_SKI_RSA) {
    honest_secret(request->input.data, request->input.len, octets);
    len = LURK_PREMASTER_LEN;
  } else {
    lurk_status status = request->scheme_present
                             ? lurk_signature_for_scheme(lurk_private_key_type(key), request->scheme,
                                                         request->protocol == LURK_SKI_TLS_1_3, &algorithm)
                             : lurk_signature_for_hash(lurk_private_key_type(key), LURK_SHA256, &algorithm);
    FUZZ_CHECK(status == LURK_OK);
    FUZZ_CHECK(lurk_sign(key, algorithm, request->input.data, request->input.len, octets, &len) == LURK_OK);
  }
  FUZZ_CHECK(lurk_octets_copy(output, octets, resized(len, more)));
}

static void answer_ski(enum lurk_ski_format format, const uint8_t *body, size_t len, int more,
                       struct lurk_octets *message) {
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  struct lurk_ski_response response = {0};
  FUZZ_CHECK(lurk_ski_request_decode(format, body, len, false, &request, &error) == LURK_OK);
  perform(&request, more, &response.output);
  FUZZ_CHECK(lurk_ski_response_encode(format, &response, message) == LURK_OK);
  lurk_ski_response_clear(&response);
  lurk_ski_request_clear(&request);
}

static void answer_capabilities(enum lurk_ski_format format, struct lurk_octets *message) {
  uint16_t schemes[] = {0x0403, 0x0807};
  const struct lurk_ski_capabilities capabilities = {
      .protocols = {[LURK_SKI_TLS_1_2] = true, [LURK_SKI_TLS_1_3] = true},
      .methods = {true, true},
      .hashes = {[LURK_SKI_SHA256] = true},
      .formats = {true, true},
      .schemes = schemes,
      .scheme_count = 2};
  FUZZ_CHECK(lurk_ski_capabilities_encode(format, &capabilities, message) == LURK_OK);
}

bool honest_ski(struct lurk_buffer *sent, int more, struct lurk_buffer *out) {
  char head[160];
  struct lurk_octets message = {NULL, 0};
  const uint8_t *data = lurk_buffer_data(sent);
  const uint8_t *end = sent->len == 0 ? NULL : memmem(data, sent->len, "\r\n\r\n", 4);
  if (end == NULL)
    return false;
  size_t head_len = (size_t)(end + 4 - data), body_len = 0;
  const char *length = memmem(data, head_len, "Content-Length: ", 16);
  if (length != NULL)
    body_len = strtoul(length + 16, NULL, 10);
  if (sent->len - head_len < body_len)
    return false;
  enum lurk_ski_format format =
      memmem(data, head_len, "application/cbor", 16) != NULL ? LURK_SKI_CBOR : LURK_SKI_JSON;
  if (data[0] == 'G')
    answer_capabilities(format, &message);
  else
    answer_ski(format, data + head_len, body_len, more, &message);
  int len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                     lurk_ski_media_type(format), message.len);
  FUZZ_CHECK(lurk_buffer_append(out, head, (size_t)len) &&
             lurk_buffer_append(out, message.data, message.len));
  lurk_octets_clear(&message);
  lurk_buffer_consume(sent, head_len + body_len);
  return true;
}

/* --- LURK --- */

static void sign_params(const uint8_t *payload, size_t len, int more, struct lurk_octets *out) {
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  struct lurk_signature_algorithm algorithm;
  uint8_t message[2 * LURK_RANDOM_LEN + 256], octets[LURK_MAX_SIGNATURE_LEN] = {0};
  FUZZ_CHECK(lurk_tls12_ecdhe_decode(payload, len, &request, &error) == LURK_TLS12_SUCCESS);
  struct lurk_tls12_signature signature = {.scheme = request.scheme, .octets = octets, .len = sizeof octets};
  const lurk_private_key *key = honest.keys[request.scheme == 0x0807 ? HONEST_ED25519 : HONEST_P256];
  memcpy(message, request.client_random, LURK_RANDOM_LEN);
  FUZZ_CHECK(lurk_freshness(request.server_random, message + LURK_RANDOM_LEN) == LURK_OK);
  memcpy(message + 2 * LURK_RANDOM_LEN, request.params, request.params_len);
  FUZZ_CHECK(lurk_signature_for_scheme(lurk_private_key_type(key), request.scheme, false, &algorithm) ==
             LURK_OK);
  FUZZ_CHECK(lurk_sign(key, algorithm, message, 2 * LURK_RANDOM_LEN + request.params_len, octets,
                       &signature.len) == LURK_OK);
  signature.len = resized(signature.len, more);
  FUZZ_CHECK(lurk_tls12_signature_encode(&signature, out) == LURK_OK);
}

static void give_master(const uint8_t *payload, size_t len, int more, struct lurk_octets *out) {
  struct lurk_tls12_rsa_master request;
  struct lurk_decode_error error;
  uint8_t secret[LURK_MAX_SIGNATURE_LEN] = {0};
  FUZZ_CHECK(lurk_tls12_rsa_master_decode(payload, len, &request, &error) == LURK_TLS12_SUCCESS);
  honest_secret(request.server_random, LURK_RANDOM_LEN, secret);
  FUZZ_CHECK(lurk_octets_copy(out, secret, resized(LURK_MASTER_LEN, more)));
}

bool honest_lurk(struct lurk_buffer *sent, int more, struct lurk_buffer *out) {
  static const uint8_t state[LURK_STATE_LEN] = {0xa1, 0xa2, 0xa3, 0xa4}; /* capabilities that offer nothing */
  struct lurk_header request;
  struct lurk_octets payload = {NULL, 0};
  uint8_t head[LURK_HEADER_LEN];
  const uint8_t *data = lurk_buffer_data(sent);
  if (sent->len < LURK_HEADER_LEN)
    return false;
  FUZZ_CHECK(lurk_header_decode(data, LURK_LENGTH_WHOLE_MESSAGE, 65536, &request) == LURK_OK);
  if (sent->len - LURK_HEADER_LEN < request.payload_len)
    return false;
  if (request.type == LURK_TLS12_ECDHE)
    sign_params(data + LURK_HEADER_LEN, request.payload_len, more, &payload);
  else if (request.type == LURK_TLS12_RSA_MASTER)
    give_master(data + LURK_HEADER_LEN, request.payload_len, more, &payload);
  else
    FUZZ_CHECK(lurk_octets_copy(&payload, state, sizeof state));
  struct lurk_header answer = lurk_header_answer(&request, LURK_MESSAGE_SUCCESS, (uint32_t)payload.len);
  FUZZ_CHECK(lurk_header_encode(&answer, LURK_LENGTH_WHOLE_MESSAGE, head) == LURK_OK);
  FUZZ_CHECK(lurk_buffer_append(out, head, sizeof head) &&
             lurk_buffer_append(out, payload.data, payload.len));
  lurk_octets_clear(&payload);
  lurk_buffer_consume(sent, LURK_HEADER_LEN + request.payload_len);
  return true;
}
