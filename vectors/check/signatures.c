#include "lurk/crypto/crypto.h"
#include "vectors/check/check.h"

#include <string.h>

static const char *const key_types[] = {[LURK_KEY_RSA] = "RSA",
                                        [LURK_KEY_P256] = "P-256",
                                        [LURK_KEY_P384] = "P-384",
                                        [LURK_KEY_P521] = "P-521",
                                        [LURK_KEY_ED25519] = "Ed25519"};
static const char *const kinds[] = {[LURK_SIGN_RSA_PKCS1] = "rsa_pkcs1",
                                    [LURK_SIGN_RSA_PSS] = "rsa_pss",
                                    [LURK_SIGN_ECDSA] = "ecdsa",
                                    [LURK_SIGN_ED25519] = "ed25519"};

static const char *scheme(struct call *call) {
  static const char *const hashes[] = {
      [LURK_SHA256] = "SHA-256", [LURK_SHA384] = "SHA-384", [LURK_SHA512] = "SHA-512"};
  const char *name = call_text(call, "key_type");
  size_t type = 0;
  while (type < sizeof key_types / sizeof *key_types && strcmp(name, key_types[type]) != 0)
    type++;
  struct lurk_signature_algorithm algorithm;
  lurk_status status = lurk_signature_for_scheme(
      (enum lurk_key_type)type, (uint16_t)call_number(call, "scheme"), call_true(call, "tls13"), &algorithm);
  if (status == LURK_OK) {
    reply_text(call, "kind", kinds[algorithm.kind]);
    reply_text(call, "hash", algorithm.kind == LURK_SIGN_ED25519 ? "SHA-512" : hashes[algorithm.hash]);
  }
  return check_status(call, status);
}

static const char *public_key(struct call *call) {
  struct lurk_octets spki = call_octets(call, "spki");
  lurk_public_key *key = NULL;
  lurk_status status = lurk_public_key_load(spki.data, spki.len, &key);
  if (status == LURK_OK)
    reply_text(call, "type", key_types[lurk_public_key_type(key)]);
  lurk_public_key_free(key);
  return check_status(call, status);
}

static const char *signature(struct call *call) {
  struct lurk_octets spki = call_key(call, "spki"), message = call_octets(call, "message");
  struct lurk_octets octets = call_octets(call, "signature");
  lurk_public_key *key = NULL;
  struct lurk_signature_algorithm algorithm;
  lurk_status status = lurk_public_key_load(spki.data, spki.len, &key);
  if (status == LURK_OK)
    status = lurk_signature_for_scheme(lurk_public_key_type(key), (uint16_t)call_number(call, "scheme"),
                                       call_true(call, "tls13"), &algorithm);
  if (status == LURK_OK)
    status = lurk_verify(key, algorithm, message.data, message.len, octets.data, octets.len);
  lurk_public_key_free(key);
  return check_status(call, status);
}

const struct check_entry check_signatures[] = {
    {"public_key", public_key}, {"scheme", scheme}, {"signature", signature}, {NULL, NULL}};
