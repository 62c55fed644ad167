#include "fuzz/keyserver/good.h"

#include "fuzz/target.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/bytes.h"
#include "lurk/wire/lurk_header.h"

uint32_t fuzz_next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

static void fill(uint64_t *state, uint8_t *out, size_t len) {
  for (size_t i = 0; i < len; i++)
    out[i] = (uint8_t)fuzz_next(state);
}

static size_t take(struct lurk_octets *octets, uint8_t *out, size_t room) {
  size_t len = octets->len;
  FUZZ_CHECK(len <= room);
  if (len > 0)
    memcpy(out, octets->data, len);
  lurk_octets_clear(octets);
  return len;
}

/* --- inputs --- */

static void add_x25519(struct lurk_builder *builder) {
  static const uint8_t base_point[32] = {9};
  lurk_add_u8(builder, 3);
  lurk_add_u16(builder, LURK_GROUP_X25519);
  lurk_builder_open_vector(builder, 1);
  lurk_add_octets(builder, base_point, sizeof base_point);
  lurk_builder_close_vector(builder);
}

static void ecdhe_input(uint64_t *state, struct lurk_octets *out) {
  struct lurk_builder builder;
  uint8_t randoms[2 * LURK_RANDOM_LEN];
  fill(state, randoms, sizeof randoms);
  lurk_builder_init(&builder, 256);
  lurk_add_octets(&builder, randoms, sizeof randoms);
  add_x25519(&builder);
  FUZZ_CHECK(lurk_builder_finish(&builder, out) == LURK_OK);
}

static void certificate_verify(uint64_t *state, struct lurk_octets *out) {
  static const char context[] = "TLS 1.3, server CertificateVerify";
  struct lurk_builder builder;
  uint8_t hash[32];
  fill(state, hash, sizeof hash);
  lurk_builder_init(&builder, 256);
  for (int i = 0; i < 64; i++)
    lurk_add_u8(&builder, ' ');
  lurk_add_octets(&builder, (const uint8_t *)context, sizeof context);
  lurk_add_octets(&builder, hash, sizeof hash);
  FUZZ_CHECK(lurk_builder_finish(&builder, out) == LURK_OK);
}

static void ciphertext(uint64_t *state, size_t len, struct lurk_octets *out) {
  FUZZ_CHECK(lurk_octets_alloc(out, len));
  fill(state, out->data, len);
}

/* --- SKI --- */

size_t good_ski(enum who who, enum lurk_ski_format format, bool rsa, uint64_t *state,
                uint8_t out[GOOD_ROOM]) {
  const bool decrypts = rsa && who == WHO_A;
  const bool tls13 = who == WHO_B || (who == WHO_A && !decrypts && fuzz_next(state) % 2 == 0);
  enum lab_key key = decrypts ? KEY_DECRYPT : who == WHO_B ? KEY_OTHER : KEY_SIGN;
  struct lurk_ski_request request = {.protocol = tls13 ? LURK_SKI_TLS_1_3 : LURK_SKI_TLS_1_2,
                                     .method = decrypts ? LURK_SKI_RSA : LURK_SKI_ECDHE,
                                     .method_present = true,
                                     .hash = tls13 || decrypts ? LURK_SKI_HASH_ABSENT : LURK_SKI_SHA256,
                                     .scheme_present = tls13,
                                     .scheme = tls13 ? 0x0403 : 0};
  struct lurk_octets message = {NULL, 0};
  memcpy(request.spki, lab_keys[key].spki, sizeof request.spki);
  if (decrypts)
    ciphertext(state, 256, &request.input);
  else if (tls13)
    certificate_verify(state, &request.input);
  else
    ecdhe_input(state, &request.input);
  FUZZ_CHECK(lurk_ski_request_encode(format, &request, &message) == LURK_OK);
  lurk_ski_request_clear(&request);
  return take(&message, out, GOOD_ROOM);
}

/* --- LURK --- */

static void put_s(uint64_t *state, int64_t now, uint8_t s[LURK_RANDOM_LEN]) {
  fill(state, s, LURK_RANDOM_LEN);
  for (int i = 0; i < 4; i++)
    s[i] = (uint8_t)((uint64_t)now >> (24 - 8 * i));
}

static void prove(struct lurk_tls12_ecdhe *request, uint8_t point[LURK_MAX_POINT_LEN],
                  struct lurk_octets *params, struct lurk_ownership_proof *proof) {
  uint8_t b[LURK_MAX_SCALAR_LEN];
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_scalar_random(LURK_GROUP_SECP256R1, b) == LURK_OK);
  FUZZ_CHECK(lurk_point_mul_base(LURK_GROUP_SECP256R1, b, point) == LURK_OK);
  FUZZ_CHECK(lurk_ecdh_params_encode(LURK_GROUP_SECP256R1, point, 65, params) == LURK_OK);
  FUZZ_CHECK(lurk_ecdh_params_decode(params->data, params->len, request, &error) == LURK_OK);
  request->poo_prf = LURK_POO_SHA256_128;
  FUZZ_CHECK(lurk_ownership_prove(request, b, 32, proof) == LURK_OK);
}

static void ecdhe(enum who who, const uint8_t *client_random, const uint8_t *s, uint64_t *state,
                  struct lurk_octets *out) {
  static const uint8_t base_point[32] = {9};
  const bool proof = fuzz_next(state) % 2 == 0;
  struct lurk_ownership_proof made;
  struct lurk_octets params = {NULL, 0};
  struct lurk_decode_error error;
  uint8_t point[LURK_MAX_POINT_LEN];
  struct lurk_tls12_ecdhe request = {.key_id = lab_keys[who == WHO_B ? KEY_LURK_OTHER : KEY_LURK_SIGN].key_id,
                                     .client_random = client_random,
                                     .server_random = s,
                                     .scheme = who == WHO_B ? 0x0503 : 0x0807};
  if (proof) {
    prove(&request, point, &params, &made);
  } else {
    FUZZ_CHECK(lurk_ecdh_params_encode(LURK_GROUP_X25519, base_point, sizeof base_point, &params) == LURK_OK);
    FUZZ_CHECK(lurk_ecdh_params_decode(params.data, params.len, &request, &error) == LURK_OK);
  }
  FUZZ_CHECK(lurk_tls12_ecdhe_encode(&request, out) == LURK_OK);
  lurk_octets_clear(&params);
}

static void rsa_master(const uint8_t *client_random, const uint8_t *s, uint64_t *state,
                       struct lurk_octets *out) {
  struct lurk_octets encrypted = {NULL, 0};
  const lurk_public_key *key = lurk_private_key_public(lab_keys[KEY_LURK_DECRYPT].key);
  ciphertext(state, lurk_public_key_modulus_len(key), &encrypted);
  const struct lurk_tls12_rsa_master request = {.key_id = lab_keys[KEY_LURK_DECRYPT].key_id,
                                                .prf_hash = fuzz_next(state) % 3,
                                                .client_random = client_random,
                                                .server_random = s,
                                                .encrypted_premaster = encrypted.data,
                                                .encrypted_premaster_len = encrypted.len};
  FUZZ_CHECK(lurk_tls12_rsa_master_encode(&request, out) == LURK_OK);
  lurk_octets_clear(&encrypted);
}

size_t good_lurk(enum who who, uint8_t type, int64_t now, uint64_t *state, uint8_t out[GOOD_ROOM]) {
  uint8_t client_random[LURK_RANDOM_LEN], s[LURK_RANDOM_LEN];
  struct lurk_octets payload = {NULL, 0};
  fill(state, client_random, sizeof client_random);
  put_s(state, now, s);
  if (type == LURK_TLS12_ECDHE)
    ecdhe(who, client_random, s, state, &payload);
  else if (type == LURK_TLS12_RSA_MASTER)
    rsa_master(client_random, s, state, &payload);
  struct lurk_header header = {.designation = LURK_DESIGNATION_TLS12,
                               .version = LURK_EXTENSION_VERSION,
                               .type = type,
                               .id = (uint64_t)fuzz_next(state) << 32 | fuzz_next(state),
                               .payload_len = (uint32_t)payload.len};
  if (type <= LURK_TLS12_PING && fuzz_next(state) % 2 == 0)
    header.designation = LURK_DESIGNATION_LURK;
  FUZZ_CHECK(lurk_header_encode(&header, LURK_LENGTH_WHOLE_MESSAGE, out) == LURK_OK);
  return LURK_HEADER_LEN + take(&payload, out + LURK_HEADER_LEN, GOOD_ROOM - LURK_HEADER_LEN);
}
