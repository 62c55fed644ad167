/* What OpenSSL 3.0 and BoringSSL do through the same calls; compiled once against each. The error queue of
 * the thread is left as it was found, because SSL_get_error reads it (loading a private key may empty it). */
#include "lurk/crypto/libcrypto.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

/* --- hash, random --- */

lurk_status lurk_digest(enum lurk_hash hash, const uint8_t *data, size_t len, uint8_t *out) {
  return EVP_Digest(data, len, out, NULL, lurk_libcrypto_md(hash), NULL) == 1 ? LURK_OK : LURK_ERR_BACKEND;
}

lurk_status lurk_random(uint8_t *out, size_t len) {
  if (len > INT_MAX)
    return LURK_ERR_LIMIT;
  return RAND_bytes(out, (int)len) == 1 ? LURK_OK : LURK_ERR_BACKEND;
}

/* --- keys --- */

static lurk_status wrap_key(EVP_PKEY *pkey, struct lurk_backend_key **out) {
  *out = calloc(1, sizeof **out);
  if (*out == NULL) {
    EVP_PKEY_free(pkey);
    return LURK_ERR_MEMORY;
  }
  (*out)->pkey = pkey;
  return LURK_OK;
}

lurk_status lurk_backend_private_load(const struct lurk_private_form *form, struct lurk_backend_key **out) {
  ERR_set_mark();
  EVP_PKEY *pkey = lurk_libcrypto_private_key(form);
  ERR_pop_to_mark();
  return pkey != NULL ? wrap_key(pkey, out) : LURK_ERR_MALFORMED;
}

static EVP_PKEY *parse_spki(const uint8_t *spki, size_t len) {
  ERR_set_mark();
  const uint8_t *end = spki;
  EVP_PKEY *pkey = d2i_PUBKEY(NULL, &end, (long)len);
  ERR_pop_to_mark();
  return pkey;
}

static EVP_PKEY *make_ec_public_key(const struct lurk_public_form *form, const uint8_t *spki, size_t len) {
  ERR_set_mark(); /* BoringSSL has one mark: none may stand around another */
  EVP_PKEY *pkey = lurk_libcrypto_ec_public_key(form, spki, len);
  ERR_pop_to_mark();
  return pkey;
}

lurk_status lurk_backend_public_load(const uint8_t *spki, size_t len, struct lurk_backend_key **out) {
  struct lurk_public_form form;
  lurk_status status = lurk_public_form_read(spki, len, &form);
  if (status != LURK_OK)
    return status;
  EVP_PKEY *pkey = form.curve != NULL ? make_ec_public_key(&form, spki, len) : parse_spki(spki, len);
  return pkey != NULL ? wrap_key(pkey, out) : LURK_ERR_MALFORMED;
}

void lurk_backend_key_free(struct lurk_backend_key *key) {
  if (key == NULL)
    return;
  for (size_t i = 0; i < LURK_LIBCRYPTO_OPERATIONS; i++)
    EVP_PKEY_CTX_free(atomic_load(&key->prepared[i]));
  EVP_PKEY_free(key->pkey);
  free(key);
}

lurk_status lurk_backend_spki(const struct lurk_backend_key *key, struct lurk_octets *out) {
  uint8_t *der = NULL;
  ERR_set_mark();
  int len = i2d_PUBKEY(key->pkey, &der);
  ERR_pop_to_mark();
  if (len <= 0)
    return LURK_ERR_BACKEND;
  bool copied = lurk_octets_copy(out, der, (size_t)len);
  OPENSSL_free(der);
  return copied ? LURK_OK : LURK_ERR_MEMORY;
}

/* --- groups --- */

static const struct {
  uint16_t id;
  int nid;
} curves[] = {{LURK_GROUP_SECP256R1, NID_X9_62_prime256v1},
              {LURK_GROUP_SECP384R1, NID_secp384r1},
              {LURK_GROUP_SECP521R1, NID_secp521r1}};
enum { CURVE_COUNT = sizeof curves / sizeof curves[0] };

static size_t curve_index(uint16_t group_id) {
  size_t i = 0;
  while (i < CURVE_COUNT && curves[i].id != group_id)
    i++;
  return i;
}

/* OpenSSL computes a group anew at each request: they are kept for the life of the process. */
static EC_GROUP *ec_groups[CURVE_COUNT];

static void make_ec_groups(void) {
  for (size_t i = 0; i < CURVE_COUNT; i++)
    ec_groups[i] = EC_GROUP_new_by_curve_name(curves[i].nid);
}

const EC_GROUP *lurk_libcrypto_ec_group(const struct lurk_group *group) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, make_ec_groups);
  return ec_groups[curve_index(group->id)];
}

/* What checks of points work with, one of each thread: OpenSSL takes half of a check to make it. */
struct scratch {
  BN_CTX *numbers;
  EC_POINT *points[CURVE_COUNT];
};

static tss_t scratch_of_thread;
static bool has_scratch;

static void free_scratch(void *arg) {
  struct scratch *scratch = arg;
  for (size_t i = 0; i < CURVE_COUNT; i++)
    EC_POINT_free(scratch->points[i]);
  BN_CTX_free(scratch->numbers);
  free(scratch);
}

static void make_scratch_place(void) {
  has_scratch = tss_create(&scratch_of_thread, free_scratch) == thrd_success;
}

/* That of this thread, with the numbers; NULL when memory is short. */
static struct scratch *get_scratch(void) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, make_scratch_place);
  if (!has_scratch)
    return NULL;
  struct scratch *scratch = tss_get(scratch_of_thread);
  if (scratch != NULL)
    return scratch;
  scratch = calloc(1, sizeof *scratch);
  if (scratch == NULL)
    return NULL;
  scratch->numbers = BN_CTX_new();
  if (scratch->numbers != NULL && tss_set(scratch_of_thread, scratch) == thrd_success)
    return scratch;
  free_scratch(scratch);
  return NULL;
}

lurk_status lurk_backend_point_check(const struct lurk_group *group, const uint8_t *point) {
  const EC_GROUP *ec_group = lurk_libcrypto_ec_group(group);
  struct scratch *scratch = get_scratch();
  if (ec_group == NULL)
    return LURK_ERR_BACKEND;
  if (scratch == NULL)
    return LURK_ERR_MEMORY;
  ERR_set_mark();
  EC_POINT **decoded = &scratch->points[curve_index(group->id)];
  if (*decoded == NULL)
    *decoded = EC_POINT_new(ec_group);
  lurk_status status = LURK_ERR_MEMORY;
  if (*decoded != NULL)
    status = EC_POINT_oct2point(ec_group, *decoded, point, group->point_len, scratch->numbers) == 1
                 ? LURK_OK
                 : LURK_ERR_MALFORMED;
  ERR_pop_to_mark();
  return status;
}

struct lurk_backend_ecdh {
  EVP_PKEY *pkey;
};

static EVP_PKEY *generate_pkey(const struct lurk_group *group) {
  bool montgomery = group->id == LURK_GROUP_X25519;
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(montgomery ? EVP_PKEY_X25519 : EVP_PKEY_EC, NULL);
  if (context != NULL && EVP_PKEY_keygen_init(context) == 1 &&
      (montgomery ||
       EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, curves[curve_index(group->id)].nid) == 1) &&
      EVP_PKEY_keygen(context, &pkey) != 1)
    pkey = NULL;
  EVP_PKEY_CTX_free(context);
  return pkey;
}

/* The two libraries agree on no call for a bare point, but both know a SubjectPublicKeyInfo, which a point
 * ends. */
static bool write_point(EVP_PKEY *pkey, const struct lurk_group *group, uint8_t *point) {
  uint8_t *der = NULL;
  int len = i2d_PUBKEY(pkey, &der);
  bool fits = len > 0 && (size_t)len == group->spki_head_len + group->point_len;
  if (fits)
    memcpy(point, der + group->spki_head_len, group->point_len);
  OPENSSL_free(der);
  return fits;
}

lurk_status lurk_backend_ecdh_generate(const struct lurk_group *group, struct lurk_backend_ecdh **out,
                                       uint8_t *point) {
  struct lurk_backend_ecdh *key = malloc(sizeof *key);
  if (key == NULL)
    return LURK_ERR_MEMORY;
  ERR_set_mark();
  key->pkey = generate_pkey(group);
  bool done = key->pkey != NULL && write_point(key->pkey, group, point);
  ERR_pop_to_mark();
  if (!done) {
    lurk_backend_ecdh_free(group, key);
    return LURK_ERR_BACKEND;
  }
  *out = key;
  return LURK_OK;
}

lurk_status lurk_backend_ecdh_derive(const struct lurk_group *group, const struct lurk_backend_ecdh *key,
                                     const uint8_t *point, uint8_t *secret) {
  uint8_t spki[LURK_MAX_GROUP_SPKI_LEN];
  EVP_PKEY *peer = parse_spki(spki, lurk_group_spki(group, point, spki));
  size_t secret_len = group->secret_len;
  ERR_set_mark();
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
  bool done = peer != NULL && context != NULL && EVP_PKEY_derive_init(context) == 1 &&
              EVP_PKEY_derive_set_peer(context, peer) == 1 &&
              EVP_PKEY_derive(context, secret, &secret_len) == 1 && secret_len == group->secret_len;
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(peer);
  ERR_pop_to_mark();
  return done ? LURK_OK : LURK_ERR_BACKEND;
}

void lurk_backend_ecdh_free(const struct lurk_group *group, struct lurk_backend_ecdh *key) {
  (void)group;
  EVP_PKEY_free(key->pkey);
  free(key);
}
