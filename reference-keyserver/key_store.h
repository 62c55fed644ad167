/* The private keys that the server works with. */
#ifndef KEYSERVER_KEY_STORE_H
#define KEYSERVER_KEY_STORE_H

#include "config.h"
#include "lurk/crypto/crypto.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include <time.h>

struct lurk_served_key {
  const char *name; /* belongs to the configuration */
  enum lurk_key_usage usage;
  lurk_private_key *key;
  uint8_t content[32]; /* digest of the file that the key is from */
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN];
  uint8_t key_id[LURK_KEY_ID_LEN]; /* RSA: over RSAPublicKey, others: over SubjectPublicKeyInfo */
  uint8_t key_id_alias[LURK_KEY_ID_LEN]; /* over SubjectPublicKeyInfo */
  bool dtls;
  bool has_certificate; /* the rest has a meaning only then */
  uint8_t alias[LURK_SKI_ALIAS_LEN];
  int64_t not_before, not_after; /* seconds since 1970 */
};

struct lurk_key_store {
  struct lurk_served_key *keys; /* in the order of the configuration */
  size_t count;
};

/* Opens the keys of the configuration. Refused: a key that stands twice, under whatever name and usage
 * the key of the channel, which would make the channel a signing oracle and reverse; a usage or
 * certificate that does not fit the key; a certificate for delegated credentials with a usage that decrypts
 * (RFC 9345 §4.2 wants such keys to sign only). Warned about: key files that others can read, certificates
 * that are not valid today. A key whose file has the same content as one of before (NULL: nothing was) is
 * that one: to check the primes of an RSA key takes as long as a hundred signatures. False: why holds one
 * line; *out is empty. config_file is for messages. */
bool lurk_key_store_load(const struct lurk_config *config, const char *config_file,
                         const uint8_t channel_spki[32], const struct lurk_key_store *before,
                         struct lurk_key_store *out, char *why, size_t why_len);
void lurk_key_store_clear(struct lurk_key_store *store);

/* No certificate, or one that is valid at this time. */
bool lurk_served_key_is_current(const struct lurk_served_key *key, time_t now);

#endif
