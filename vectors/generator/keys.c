#include "vectors/generator/keys.h"

#include "lurk/crypto/der.h"
#include "lurk/crypto/key_form.h"
#include "lurk/file.h"
#include "lurk/wire/base64.h"
#include <stdio.h>
#include <string.h>

static struct key keys[KEY_COUNT] = {
    [KEY_RSA_SIGN] = {.name = "rsa-sign"},
    [KEY_RSA_DECRYPT] = {.name = "rsa-decrypt"},
    [KEY_RSA_DECRYPT_3072] = {.name = "rsa-decrypt-3072"},
    [KEY_RSA_EXPONENT_3] = {.name = "rsa-exponent-3"},
    [KEY_P256] = {.name = "p256"},
    [KEY_P384] = {.name = "p384"},
    [KEY_P521] = {.name = "p521"},
    [KEY_ED25519] = {.name = "ed25519"},
    [KEY_CA_ROOT] = {.name = "ca-root"},
    [KEY_CA_INTERMEDIATE] = {.name = "ca-intermediate"},
};
#define MAX_PEM_LEN 16384

/* What stands between the lines of the PEM text. */
static struct octets der_of(const struct octets pem, const char *name) {
  static const char begin[] = "-----BEGIN PRIVATE KEY-----\n", end[] = "-----END";
  const char *text = memmem(pem.at, pem.len, begin, sizeof begin - 1);
  const char *stop = text == NULL ? NULL : strstr(text + sizeof begin, end);
  if (stop == NULL)
    die("%s is no PKCS#8 key in PEM", name);
  char *packed = (char *)octets_new(pem.len);
  size_t count = 0, len;
  for (const char *at = text + sizeof begin - 1; at < stop; at++) {
    if (*at != '\n')
      packed[count++] = *at;
  }
  uint8_t *der = octets_new(lurk_base64_decoded_max(count));
  if (!lurk_base64_decode(packed, count, der, &len))
    die("%s is no base64", name);
  return (struct octets){der, len};
}

/* e stands behind n in the SubjectPublicKeyInfo, d in the private key (RFC 8017 App. A.1). */
static void read_rsa(struct key *key) {
  struct lurk_private_form form;
  if (lurk_private_form_read(LURK_KEY_PKCS8, key->pkcs8.at, key->pkcs8.len, &form) != LURK_OK)
    die("%s cannot be read", key->name);
  mpz_t *const numbers[] = {&key->n, &key->e, &key->d};
  static const enum lurk_rsa_number names[] = {LURK_RSA_N, LURK_RSA_E, LURK_RSA_D};
  for (size_t i = 0; i < 3; i++)
    number_of(*numbers[i], (struct octets){form.rsa[names[i]].data, form.rsa[names[i]].len});
  key->size = lurk_public_key_modulus_len(lurk_private_key_public(key->key));
}

/* ECPrivateKey in a PrivateKeyInfo (RFC 5208, RFC 5915). */
static void read_ec(struct key *key, size_t size) {
  struct lurk_der in = {key->pkcs8.at, key->pkcs8.len}, info, ignored, wrapped, ec, scalar;
  uint8_t version;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &info) || !lurk_der_take_version(&info, &version) ||
      !lurk_der_take(&info, LURK_DER_SEQUENCE, &ignored) ||
      !lurk_der_take(&info, LURK_DER_OCTET_STRING, &wrapped) ||
      !lurk_der_take(&wrapped, LURK_DER_SEQUENCE, &ec) || !lurk_der_take_version(&ec, &version) ||
      !lurk_der_take(&ec, LURK_DER_OCTET_STRING, &scalar) || scalar.len != size)
    die("%s cannot be read", key->name);
  key->size = size;
  key->scalar = octets_copy(scalar.data, scalar.len);
}

static void load(struct key *key, const char *folder) {
  char path[4096];
  struct lurk_octets file = {0};
  const uint8_t *spki;
  snprintf(path, sizeof path, "%s/%s.pem", folder, key->name);
  if (!lurk_file_read(path, MAX_PEM_LEN, &file, NULL))
    die("%s cannot be read: name the folder of the keys with --keys", path);
  struct octets pem = octets_copy(file.data, file.len);
  if (lurk_private_key_load(file.data, file.len, &key->key) != LURK_OK)
    die("%s holds no key", path);
  lurk_octets_clear(&file);
  ((uint8_t *)pem.at)[pem.len] = '\0'; /* every block has room for it */
  key->pkcs8 = der_of(pem, key->name);
  size_t len;
  lurk_public_key_spki(lurk_private_key_public(key->key), &spki, &len);
  key->spki = octets_copy(spki, len);
}

void keys_load(const char *folder) {
  static const size_t ec_size[] = {[LURK_KEY_P256] = 32, [LURK_KEY_P384] = 48, [LURK_KEY_P521] = 66};
  for (size_t i = 0; i < KEY_COUNT; i++) {
    struct key *key = &keys[i];
    load(key, folder);
    mpz_inits(key->n, key->e, key->d, NULL);
    enum lurk_key_type type = lurk_private_key_type(key->key);
    if (type == LURK_KEY_RSA)
      read_rsa(key);
    else if (type != LURK_KEY_ED25519)
      read_ec(key, ec_size[type]);
  }
}

void keys_free(void) {
  for (size_t i = 0; i < KEY_COUNT; i++) {
    lurk_private_key_free(keys[i].key);
    mpz_clears(keys[i].n, keys[i].e, keys[i].d, NULL);
  }
}

const struct key *key_of(enum key_name name) {
  return &keys[name];
}

void add_public_key(struct group *group, enum key_name name) {
  add_key(group, keys[name].name, keys[name].spki, (struct octets){NULL, 0});
}

void add_private_key(struct group *group, enum key_name name) {
  add_key(group, keys[name].name, keys[name].spki, keys[name].pkcs8);
}

struct octets octets_of(const mpz_t number, size_t len) {
  size_t needed = (mpz_sizeinbase(number, 2) + 7) / 8;
  if (mpz_sgn(number) < 0 || (needed > len && mpz_sgn(number) != 0))
    die("a number beyond its octets");
  uint8_t *out = octets_new(len);
  memset(out, 0, len);
  if (mpz_sgn(number) != 0)
    mpz_export(out + len - needed, NULL, 1, 1, 1, 0, number);
  return (struct octets){out, len};
}

void number_of(mpz_t number, struct octets octets) {
  mpz_import(number, octets.len, 1, 1, 1, 0, octets.at);
}

static struct octets power(const struct key *key, struct octets block, const mpz_t exponent) {
  mpz_t number;
  mpz_init(number);
  number_of(number, block);
  mpz_powm(number, number, exponent, key->n);
  struct octets out = octets_of(number, key->size);
  mpz_clear(number);
  return out;
}

struct octets rsa_public(const struct key *key, struct octets block) {
  return power(key, block, key->e);
}

struct octets rsa_private(const struct key *key, struct octets block) {
  return power(key, block, key->d);
}
