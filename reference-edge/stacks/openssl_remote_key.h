/* Keys, signatures and decryption of an OpenSSL provider whose private keys are somewhere else: what the
 * provider built into the edge (openssl_provider.c) and the loadable one (../provider) have in common. A key
 * holds public parts only. */
#ifndef LURK_EDGE_STACKS_OPENSSL_REMOTE_KEY_H
#define LURK_EDGE_STACKS_OPENSSL_REMOTE_KEY_H

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

struct lurk_openssl_backend;

struct lurk_openssl_key {
  const struct lurk_openssl_backend *backend;
  const char *type;     /* "RSA", "EC", "ED25519" */
  EVP_PKEY *public_key; /* of the default provider */
  void *owner;          /* the backend's: where the private key is; NULL where it knows by other means */
};

/* Performs the operations; the context of a provider begins with it. */
struct lurk_openssl_backend {
  OSSL_LIB_CTX *library; /* for public parts */
  /* scheme is a TLS SignatureScheme, UINT16_MAX for what has none. content is what TLS signs, as a whole. */
  bool (*sign)(const struct lurk_openssl_key *key, uint16_t scheme, const uint8_t *content,
               size_t content_len, uint8_t *signature, size_t capacity, size_t *len);
  /* The premaster of static RSA: 48 octets. */
  bool (*decrypt)(const struct lurk_openssl_key *key, const uint8_t *ciphertext, size_t ciphertext_len,
                  uint8_t *premaster, size_t *len);
  /* Another operation was asked for; NULL: nobody is told. */
  void (*refuse)(const struct lurk_openssl_backend *backend, const char *reason);
  void (*release)(void *owner); /* NULL: keys have no owner */
};

/* The algorithms, properties beside them. A key manager's LOAD takes a struct lurk_openssl_key * over. */
extern const OSSL_DISPATCH lurk_openssl_keys_rsa[], lurk_openssl_keys_ec[], lurk_openssl_keys_ed25519[];
extern const OSSL_DISPATCH lurk_openssl_signatures[], lurk_openssl_ciphers[];

/* The names under which libssl looks certificates up. */
#define LURK_OPENSSL_NAMES_RSA "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define LURK_OPENSSL_NAMES_EC "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define LURK_OPENSSL_NAMES_ED25519 "ED25519:1.3.101.112"

#define LURK_OPENSSL_FUNCTION(id, function)                                                                  \
  { id, (void (*)(void))function }
#define LURK_OPENSSL_END                                                                                     \
  { 0, NULL }

/* Initialisers of what a provider of such keys answers to queries; properties is a literal. */
#define LURK_OPENSSL_KEY_MANAGERS(properties)                                                                \
  {                                                                                                          \
    {LURK_OPENSSL_NAMES_RSA, properties, lurk_openssl_keys_rsa, "remote RSA key"},                           \
        {LURK_OPENSSL_NAMES_EC, properties, lurk_openssl_keys_ec, "remote EC key"},                          \
        {LURK_OPENSSL_NAMES_ED25519, properties, lurk_openssl_keys_ed25519, "remote Ed25519 key"}, {         \
      NULL, NULL, NULL, NULL                                                                                 \
    }                                                                                                        \
  }
#define LURK_OPENSSL_SIGNERS(properties)                                                                     \
  {                                                                                                          \
    {LURK_OPENSSL_NAMES_RSA, properties, lurk_openssl_signatures, "remote RSA signature"},                   \
        {"ECDSA", properties, lurk_openssl_signatures, "remote ECDSA signature"},                            \
        {LURK_OPENSSL_NAMES_ED25519, properties, lurk_openssl_signatures, "remote Ed25519 signature"}, {     \
      NULL, NULL, NULL, NULL                                                                                 \
    }                                                                                                        \
  }
#define LURK_OPENSSL_DECRYPTERS(properties)                                                                  \
  {                                                                                                          \
    {LURK_OPENSSL_NAMES_RSA, properties, lurk_openssl_ciphers, "remote RSA decryption"}, {                   \
      NULL, NULL, NULL, NULL                                                                                 \
    }                                                                                                        \
  }

/* A key without public parts yet; type is "RSA", "EC" or "ED25519". NULL when memory is short. */
struct lurk_openssl_key *lurk_openssl_key_new(const struct lurk_openssl_backend *backend, const char *type);
/* Releases the owner, too. NULL is fine. */
void lurk_openssl_key_free(void *key);

#endif
