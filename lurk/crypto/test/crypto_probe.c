/* Lets a test in another language drive one implementation of crypto.h. Built once per library, since OpenSSL
 * and BoringSSL cannot share a process. */
#include "lurk/crypto/test/probe.h"

#include <string.h>

/* What "load", "load_public" and "ecdh_generate" have left for the operations after them. */
static lurk_private_key *private_key;
static lurk_public_key *public_key;
static lurk_ecdh_key *ecdh_key;

static lurk_status about(const json_t *request, json_t *reply) {
  (void)request;
  json_object_set_new(reply, "name", json_string(lurk_crypto_name()));
  json_object_set_new(reply, "version", json_string(lurk_crypto_version()));
  return LURK_OK;
}

static enum lurk_hash hash_of(const json_t *request) {
  enum lurk_hash hash;
  if (!crypto_json_hash(request, "hash", &hash))
    probe_refuse("hash");
  return hash;
}

static lurk_status digest(const json_t *request, json_t *reply) {
  uint8_t out[LURK_MAX_HASH_LEN];
  enum lurk_hash hash = hash_of(request);
  struct lurk_octets data = probe_octets(request, "data");
  lurk_status status = lurk_digest(hash, data.data, data.len, out);
  if (status == LURK_OK)
    probe_reply(reply, "digest", out, lurk_hash_len(hash));
  lurk_octets_clear(&data);
  return status;
}

static lurk_status hmac(const json_t *request, json_t *reply) {
  uint8_t out[LURK_MAX_HASH_LEN];
  enum lurk_hash hash = hash_of(request);
  struct lurk_octets key = probe_octets(request, "key"), data = probe_octets(request, "data");
  lurk_status status = lurk_hmac(hash, key.data, key.len, data.data, data.len, out);
  if (status == LURK_OK)
    probe_reply(reply, "mac", out, lurk_hash_len(hash));
  lurk_octets_clear(&key);
  lurk_octets_clear(&data);
  return status;
}

static void describe(const lurk_public_key *key, json_t *reply) {
  const uint8_t *spki;
  size_t len;
  lurk_public_key_spki(key, &spki, &len);
  probe_reply(reply, "spki", spki, len);
  json_object_set_new(reply, "type", json_string(crypto_json_key_type(lurk_public_key_type(key))));
}

static lurk_status load(const json_t *request, json_t *reply) {
  const char *pem = json_string_value(json_object_get(request, "pem"));
  if (pem == NULL)
    probe_refuse("pem");
  lurk_private_key_free(private_key);
  lurk_status status = lurk_private_key_load((const uint8_t *)pem, strlen(pem), &private_key);
  if (status == LURK_OK)
    describe(lurk_private_key_public(private_key), reply);
  return status;
}

static lurk_status load_public(const json_t *request, json_t *reply) {
  struct lurk_octets spki = probe_octets(request, "spki");
  lurk_public_key_free(public_key);
  lurk_status status = lurk_public_key_load(spki.data, spki.len, &public_key);
  if (status == LURK_OK)
    describe(public_key, reply);
  lurk_octets_clear(&spki);
  return status;
}

static const lurk_private_key *loaded_private(void) {
  if (private_key == NULL)
    probe_refuse("no private key is loaded");
  return private_key;
}

static lurk_status sign(const json_t *request, json_t *reply) {
  uint8_t signature[LURK_MAX_SIGNATURE_LEN];
  size_t len = 0;
  struct lurk_signature_algorithm algorithm;
  const lurk_private_key *key = loaded_private();
  lurk_status status = lurk_signature_for_scheme(lurk_private_key_type(key), probe_number(request, "scheme"),
                                                 false, &algorithm);
  if (status != LURK_OK)
    return status;
  struct lurk_octets message = probe_octets(request, "message");
  status = lurk_sign(key, algorithm, message.data, message.len, signature, &len);
  if (status == LURK_OK)
    probe_reply(reply, "signature", signature, len);
  lurk_octets_clear(&message);
  return status;
}

static lurk_status verify(const json_t *request, json_t *reply) {
  (void)reply;
  struct lurk_signature_algorithm algorithm;
  if (public_key == NULL)
    probe_refuse("no public key is loaded");
  lurk_status status = lurk_signature_for_scheme(lurk_public_key_type(public_key),
                                                 probe_number(request, "scheme"), false, &algorithm);
  if (status != LURK_OK)
    return status;
  struct lurk_octets message = probe_octets(request, "message"),
                     signature = probe_octets(request, "signature");
  status = lurk_verify(public_key, algorithm, message.data, message.len, signature.data, signature.len);
  lurk_octets_clear(&message);
  lurk_octets_clear(&signature);
  return status;
}

static lurk_status premaster(const json_t *request, json_t *reply) {
  uint8_t out[LURK_PREMASTER_LEN];
  const lurk_private_key *key = loaded_private();
  struct lurk_octets ciphertext = probe_octets(request, "ciphertext");
  lurk_status status =
      lurk_rsa_premaster(key, ciphertext.data, ciphertext.len, probe_number(request, "version"), out);
  if (status == LURK_OK)
    probe_reply(reply, "premaster", out, sizeof out);
  lurk_octets_clear(&ciphertext);
  return status;
}

static lurk_status check_point(const json_t *request, json_t *reply) {
  (void)reply;
  struct lurk_octets point = probe_octets(request, "point");
  lurk_status status = lurk_group_check_point(probe_number(request, "group"), point.data, point.len);
  lurk_octets_clear(&point);
  return status;
}

static lurk_status ecdh_generate(const json_t *request, json_t *reply) {
  uint8_t point[LURK_MAX_POINT_LEN];
  size_t len = 0;
  lurk_ecdh_free(ecdh_key);
  lurk_status status = lurk_ecdh_generate(probe_number(request, "group"), &ecdh_key, point, &len);
  if (status == LURK_OK)
    probe_reply(reply, "point", point, len);
  return status;
}

static lurk_status ecdh_derive(const json_t *request, json_t *reply) {
  uint8_t secret[LURK_MAX_SHARED_SECRET_LEN];
  size_t len = 0;
  if (ecdh_key == NULL)
    probe_refuse("no ECDH key has been generated");
  struct lurk_octets point = probe_octets(request, "point");
  lurk_status status = lurk_ecdh_derive(ecdh_key, point.data, point.len, secret, &len);
  if (status == LURK_OK)
    probe_reply(reply, "secret", secret, len);
  lurk_octets_clear(&point);
  return status;
}

static const struct probe_operation operations[] = {
    {"about", about},
    {"digest", digest},
    {"hmac", hmac},
    {"load", load},
    {"load_public", load_public},
    {"sign", sign},
    {"verify", verify},
    {"premaster", premaster},
    {"check_point", check_point},
    {"ecdh_generate", ecdh_generate},
    {"ecdh_derive", ecdh_derive},
};

int main(void) {
  probe_run(operations, sizeof operations / sizeof *operations);
  lurk_private_key_free(private_key);
  lurk_public_key_free(public_key);
  lurk_ecdh_free(ecdh_key);
  return 0;
}
