#include "question.h"

#include "lurk/file.h"
#include "lurk/tls/freshness.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/master.h"
#include "lurk/tls/ownership.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FILE_LIMIT (1 << 20)
#define TLS_1_2 0x0303
enum { SCHEME_RSA_PKCS1_SHA256 = 0x0401, SCHEME_ECDSA_P256_SHA256 = 0x0403 };

static const enum lurk_named_group group = LURK_GROUP_SECP256R1;

/* --- subject --- */

static bool load_key(const char *file, lurk_private_key **out) {
  struct lurk_octets pem = {0};
  if (!lurk_file_read(file, FILE_LIMIT, &pem, NULL))
    return false;
  lurk_status status = lurk_private_key_load(pem.data, pem.len, out);
  lurk_octets_clear(&pem);
  return status == LURK_OK;
}

static size_t secret_len(const struct lurk_bench_subject *subject) {
  return LURK_PREMASTER_LEN + lurk_public_key_modulus_len(lurk_private_key_public(subject->key));
}

bool lurk_bench_subject_load(json_t *config, struct lurk_bench_subject *out, char *why, size_t why_len) {
  const char *protocol, *format = "cbor", *exchange, *key, *secrets = NULL;
  int proof = 0;
  json_error_t error;
  *out = (struct lurk_bench_subject){0};
  if (json_unpack_ex(config, &error, 0, "{s:s, s?s, s:s, s?b, s:s, s?s}", "protocol", &protocol, "format",
                     &format, "exchange", &exchange, "proof", &proof, "key", &key, "secrets",
                     &secrets) != 0) {
    snprintf(why, why_len, "%s", error.text);
    return false;
  }
  out->protocol = strcmp(protocol, "ski") == 0 ? LURK_BENCH_SKI : LURK_BENCH_LURK;
  out->format = strcmp(format, "json") == 0 ? LURK_SKI_JSON : LURK_SKI_CBOR;
  out->rsa = strcmp(exchange, "rsa") == 0;
  out->proof = proof != 0;
  bool loaded = load_key(key, &out->key);
  if (!loaded)
    snprintf(why, why_len, "key: %s: is no private key in PEM", key);
  else if (out->rsa) {
    loaded = secrets != NULL && lurk_file_read(secrets, FILE_LIMIT, &out->secrets, NULL) &&
             out->secrets.len >= secret_len(out) && out->secrets.len % secret_len(out) == 0;
    if (!loaded)
      snprintf(why, why_len, "secrets: is no file of premasters and ciphertexts");
  }
  if (!loaded)
    lurk_bench_subject_clear(out);
  return loaded;
}

void lurk_bench_subject_clear(struct lurk_bench_subject *subject) {
  lurk_private_key_free(subject->key);
  lurk_octets_clear(&subject->secrets);
  *subject = (struct lurk_bench_subject){0};
}

/* --- questions --- */

static uint16_t scheme_of(const struct lurk_bench_subject *subject) {
  return lurk_private_key_type(subject->key) == LURK_KEY_RSA ? SCHEME_RSA_PKCS1_SHA256
                                                             : SCHEME_ECDSA_P256_SHA256;
}

/* What both protocols ask about. */
struct material {
  uint8_t client_random[LURK_RANDOM_LEN];
  uint8_t s[LURK_RANDOM_LEN];
  uint8_t server_hello_random[LURK_RANDOM_LEN]; /* LURK: made of s; SKI: s itself */
  uint8_t scalar[LURK_MAX_SCALAR_LEN];
  struct lurk_octets params;
  const uint8_t *premaster, *ciphertext;
  size_t ciphertext_len;
};

static bool make_params(struct material *m) {
  uint8_t point[LURK_MAX_POINT_LEN];
  const size_t point_len = 1 + 2 * lurk_scalar_len(group);
  return lurk_scalar_random(group, m->scalar) == LURK_OK &&
         lurk_point_mul_base(group, m->scalar, point) == LURK_OK &&
         lurk_ecdh_params_encode(group, point, point_len, &m->params) == LURK_OK;
}

static bool make_material(const struct lurk_bench_subject *subject, size_t number, struct material *m) {
  *m = (struct material){0};
  if (lurk_random(m->client_random, sizeof m->client_random) != LURK_OK ||
      lurk_freshness_new(time(NULL), m->s) != LURK_OK)
    return false;
  memcpy(m->server_hello_random, m->s, sizeof m->s);
  if (subject->protocol == LURK_BENCH_LURK && lurk_freshness(m->s, m->server_hello_random) != LURK_OK)
    return false;
  if (!subject->rsa)
    return make_params(m);
  size_t pairs = subject->secrets.len / secret_len(subject);
  m->premaster = subject->secrets.data + number % pairs * secret_len(subject);
  m->ciphertext = m->premaster + LURK_PREMASTER_LEN;
  m->ciphertext_len = secret_len(subject) - LURK_PREMASTER_LEN;
  return true;
}

static lurk_status encode_ecdhe(const struct lurk_bench_subject *subject, const struct material *m,
                                const uint8_t *key_id, struct lurk_octets *out) {
  struct lurk_tls12_ecdhe request = {.key_id = key_id,
                                     .client_random = m->client_random,
                                     .server_random = m->s,
                                     .scheme = scheme_of(subject)};
  struct lurk_ownership_proof proof;
  struct lurk_decode_error error;
  lurk_status status = lurk_ecdh_params_decode(m->params.data, m->params.len, &request, &error);
  if (status == LURK_OK && subject->proof) {
    request.poo_prf = LURK_POO_SHA256_256;
    status = lurk_ownership_prove(&request, m->scalar, lurk_scalar_len(group), &proof);
  }
  return status == LURK_OK ? lurk_tls12_ecdhe_encode(&request, out) : status;
}

static lurk_status encode_lurk(const struct lurk_bench_subject *subject, const struct material *m,
                               struct lurk_octets *out) {
  uint8_t key_id[LURK_KEY_ID_LEN];
  lurk_status status = lurk_key_id(lurk_private_key_public(subject->key), key_id);
  if (status != LURK_OK)
    return status;
  if (!subject->rsa)
    return encode_ecdhe(subject, m, key_id, out);
  const struct lurk_tls12_rsa_master request = {.key_id = key_id,
                                                .prf_hash = LURK_PRF_SHA256,
                                                .client_random = m->client_random,
                                                .server_random = m->s,
                                                .encrypted_premaster = m->ciphertext,
                                                .encrypted_premaster_len = m->ciphertext_len};
  return lurk_tls12_rsa_master_encode(&request, out);
}

static lurk_status encode_ski(const struct lurk_bench_subject *subject, const struct material *m,
                              const struct lurk_bench_question *question, struct lurk_octets *out) {
  struct lurk_ski_request request = {.protocol = LURK_SKI_TLS_1_2,
                                     .method = subject->rsa ? LURK_SKI_RSA : LURK_SKI_ECDHE,
                                     .method_present = true};
  if (!subject->rsa)
    request.hash = LURK_SKI_SHA256;
  const uint8_t *spki;
  size_t spki_len;
  lurk_public_key_spki(lurk_private_key_public(subject->key), &spki, &spki_len);
  lurk_status status = lurk_digest(LURK_SHA256, spki, spki_len, request.spki);
  if (status == LURK_OK && !lurk_octets_copy(&request.input, subject->rsa ? m->ciphertext : question->input,
                                             subject->rsa ? m->ciphertext_len : question->input_len))
    status = LURK_ERR_MEMORY;
  if (status == LURK_OK)
    status = lurk_ski_request_encode(subject->format, &request, out);
  lurk_ski_request_clear(&request);
  return status;
}

/* What has to come back, or has to be signed. */
static lurk_status set_expectation(const struct lurk_bench_subject *subject, const struct material *m,
                                   struct lurk_bench_question *out) {
  if (subject->rsa && subject->protocol == LURK_BENCH_LURK)
    return lurk_master(LURK_SHA256, m->premaster, m->client_random, m->server_hello_random, out->secret);
  if (subject->rsa) {
    memcpy(out->secret, m->premaster, LURK_PREMASTER_LEN);
    return LURK_OK;
  }
  out->input_len = 2 * LURK_RANDOM_LEN + m->params.len;
  memcpy(out->input, m->client_random, LURK_RANDOM_LEN);
  memcpy(out->input + LURK_RANDOM_LEN, m->server_hello_random, LURK_RANDOM_LEN);
  memcpy(out->input + 2 * LURK_RANDOM_LEN, m->params.data, m->params.len);
  return LURK_OK;
}

bool lurk_bench_question_make(const struct lurk_bench_subject *subject, size_t number,
                              struct lurk_bench_question *out) {
  struct material m;
  *out = (struct lurk_bench_question){0};
  bool ok = make_material(subject, number, &m) && set_expectation(subject, &m, out) == LURK_OK &&
            (subject->protocol == LURK_BENCH_LURK ? encode_lurk(subject, &m, &out->payload)
                                                  : encode_ski(subject, &m, out, &out->payload)) == LURK_OK;
  lurk_octets_clear(&m.params);
  lurk_wipe(m.scalar, sizeof m.scalar);
  return ok;
}

void lurk_bench_question_clear(struct lurk_bench_question *question) {
  lurk_octets_clear(&question->payload);
}

/* --- answers --- */

static bool judge_output(const struct lurk_bench_subject *subject, const struct lurk_bench_question *question,
                         const uint8_t *output, size_t len) {
  if (subject->rsa)
    return len == sizeof question->secret && lurk_equal(output, question->secret, len);
  struct lurk_signature_algorithm algorithm;
  const lurk_public_key *key = lurk_private_key_public(subject->key);
  return lurk_signature_for_scheme(lurk_public_key_type(key), scheme_of(subject), false, &algorithm) ==
             LURK_OK &&
         lurk_verify(key, algorithm, question->input, question->input_len, output, len) == LURK_OK;
}

static bool judge_lurk(const struct lurk_bench_subject *subject, const struct lurk_bench_question *question) {
  struct lurk_tls12_signature signature;
  struct lurk_decode_error error;
  if (subject->rsa)
    return judge_output(subject, question, question->answer, question->answer_len);
  return lurk_tls12_signature_decode(question->answer, question->answer_len, scheme_of(subject), &signature,
                                     &error) == LURK_OK &&
         judge_output(subject, question, signature.octets, signature.len);
}

static bool judge_ski(const struct lurk_bench_subject *subject, const struct lurk_bench_question *question) {
  struct lurk_ski_response response = {0};
  struct lurk_decode_error error;
  if (lurk_ski_response_decode(subject->format, question->answer, question->answer_len, &response, &error) !=
      LURK_OK)
    return false;
  bool right =
      !response.is_error && judge_output(subject, question, response.output.data, response.output.len);
  lurk_ski_response_clear(&response);
  return right;
}

bool lurk_bench_question_judge(const struct lurk_bench_subject *subject,
                               const struct lurk_bench_question *question) {
  if (!question->success || question->answer_len > sizeof question->answer)
    return false;
  return subject->protocol == LURK_BENCH_LURK ? judge_lurk(subject, question) : judge_ski(subject, question);
}
