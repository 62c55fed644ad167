#include "loops.h"

#include "lurk/file.h"
#include "lurk/tls/ownership.h"
#include "question.h"
#include "repeat.h"
#include <stdio.h>
#include <string.h>

#define FILE_LIMIT 65536
#define TLS_1_2 0x0303

/* What a TLS 1.2 server signs is about so long. */
#define MESSAGE_LEN 133

struct bare {
  lurk_private_key *key;
  struct lurk_signature_algorithm algorithm;
  uint8_t message[MESSAGE_LEN];
  uint8_t signature[LURK_MAX_SIGNATURE_LEN];
  size_t signature_len;
  uint8_t ciphertext[LURK_MAX_SIGNATURE_LEN];
  size_t ciphertext_len;
  struct lurk_tls12_ecdhe proven; /* the proof in it is made of the next two */
  struct lurk_ownership_proof proof;
  uint8_t params[4 + LURK_MAX_POINT_LEN];
};

static bool sign(void *arg) {
  struct bare *bare = arg;
  return lurk_sign(bare->key, bare->algorithm, bare->message, sizeof bare->message, bare->signature,
                   &bare->signature_len) == LURK_OK;
}

static bool verify(void *arg) {
  struct bare *bare = arg;
  return lurk_verify(lurk_private_key_public(bare->key), bare->algorithm, bare->message, sizeof bare->message,
                     bare->signature, bare->signature_len) == LURK_OK;
}

/* Any ciphertext takes as long as any other: that is what crypto.h promises. */
static bool decrypt(void *arg) {
  struct bare *bare = arg;
  uint8_t premaster[LURK_PREMASTER_LEN];
  return lurk_rsa_premaster(bare->key, bare->ciphertext, bare->ciphertext_len, TLS_1_2, premaster) == LURK_OK;
}

static bool check_point(void *arg) {
  struct bare *bare = arg;
  return lurk_group_check_point(bare->proven.named_group, bare->proven.point, bare->proven.point_len) ==
         LURK_OK;
}

static bool verify_proof(void *arg) {
  struct bare *bare = arg;
  return lurk_ownership_verify(&bare->proven) == LURK_OK;
}

/* --- set-up --- */

static bool load_key(const char *path, lurk_private_key **out, char *why, size_t why_len) {
  struct lurk_octets pem = {0};
  bool loaded = lurk_file_read(path, FILE_LIMIT, &pem, NULL) &&
                lurk_private_key_load(pem.data, pem.len, out) == LURK_OK;
  lurk_octets_clear(&pem);
  if (!loaded)
    snprintf(why, why_len, "%s: is no private key in PEM", path);
  return loaded;
}

static bool prepare(struct bare *bare) {
  enum lurk_key_type type = lurk_private_key_type(bare->key);
  bare->ciphertext_len = lurk_public_key_modulus_len(lurk_private_key_public(bare->key));
  if (lurk_random(bare->message, sizeof bare->message) != LURK_OK ||
      lurk_random(bare->ciphertext, bare->ciphertext_len) != LURK_OK ||
      lurk_signature_for_hash(type, LURK_SHA256, &bare->algorithm) != LURK_OK)
    return false;
  bare->ciphertext[0] = 0; /* below the modulus */
  return sign(bare);
}

static bool prepare_proof(struct bare *bare) {
  static const uint8_t random[LURK_RANDOM_LEN], key_id[LURK_KEY_ID_LEN];
  const uint16_t group = LURK_GROUP_SECP256R1;
  uint8_t scalar[LURK_MAX_SCALAR_LEN], point[LURK_MAX_POINT_LEN];
  struct lurk_octets params = {0};
  struct lurk_decode_error error;
  bare->proven = (struct lurk_tls12_ecdhe){
      .key_id = key_id, .client_random = random, .server_random = random, .poo_prf = LURK_POO_SHA256_256};
  bool ok = lurk_scalar_random(group, scalar) == LURK_OK &&
            lurk_point_mul_base(group, scalar, point) == LURK_OK &&
            lurk_ecdh_params_encode(group, point, 1 + 2 * lurk_scalar_len(group), &params) == LURK_OK;
  if (ok) {
    memcpy(bare->params, params.data, params.len);
    ok = lurk_ecdh_params_decode(bare->params, params.len, &bare->proven, &error) == LURK_OK &&
         lurk_ownership_prove(&bare->proven, scalar, lurk_scalar_len(group), &bare->proof) == LURK_OK;
  }
  lurk_octets_clear(&params);
  lurk_wipe(scalar, sizeof scalar);
  return ok;
}

static const struct {
  const char *name;
  bool (*run)(void *arg);
  bool rsa;
} operations[] = {
    {"p256_sign", sign, false},
    {"p256_verify", verify, false},
    {"p256_check_point", check_point, false},
    {"p256_verify_proof", verify_proof, false},
    {"rsa2048_sign", sign, true},
    {"rsa2048_verify", verify, true},
    {"rsa2048_decrypt", decrypt, true},
};

/* Those whose names are in the list, or all without one. */
static bool is_wanted(json_t *names, const char *name) {
  bool found = names == NULL;
  for (size_t i = 0; i < json_array_size(names); i++)
    found = found || strcmp(json_string_value(json_array_get(names, i)), name) == 0;
  return found;
}

/* NULL: one fails. */
static json_t *run(const struct lurk_bench_effort *effort, json_t *names, struct bare *ec, struct bare *rsa) {
  json_t *result = json_pack("{s:s, s:s}", "library", lurk_crypto_name(), "version", lurk_crypto_version());
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    if (is_wanted(names, operations[i].name) &&
        json_object_set_new(result, operations[i].name,
                            lurk_bench_repeat(effort, operations[i].run, operations[i].rsa ? rsa : ec)) !=
            0) {
      json_decref(result);
      return NULL;
    }
  return result;
}

static bool are_names(json_t *names) {
  bool ok = true;
  for (size_t i = 0; i < json_array_size(names); i++)
    ok = ok && json_is_string(json_array_get(names, i));
  return ok && (names == NULL || json_is_array(names));
}

json_t *lurk_bench_loops(json_t *config, char *why, size_t why_len) {
  struct lurk_bench_effort effort;
  struct bare ec = {0}, rsa = {0};
  json_error_t error;
  const char *p256, *rsa_file;
  json_t *names = NULL, *result = NULL;
  if (json_unpack_ex(config, &error, 0, "{s:s, s:s, s?o}", "p256", &p256, "rsa", &rsa_file, "operations",
                     &names) != 0) {
    snprintf(why, why_len, "%s", error.text);
    return NULL;
  }
  if (!are_names(names)) {
    snprintf(why, why_len, "operations: must be a list of names");
    return NULL;
  }
  if (lurk_bench_effort_load(config, &effort, why, why_len) && load_key(p256, &ec.key, why, why_len) &&
      load_key(rsa_file, &rsa.key, why, why_len)) {
    snprintf(why, why_len, "an operation fails");
    if (prepare(&ec) && prepare_proof(&ec) && prepare(&rsa))
      result = run(&effort, names, &ec, &rsa);
  }
  lurk_private_key_free(ec.key);
  lurk_private_key_free(rsa.key);
  return result;
}
