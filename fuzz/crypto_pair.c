/* Two implementations of crypto.h do the same with the same input, whatever it is: op(1), then what the
 * operation takes. What is known of the result without either of them is checked too. */
#include "fuzz/crypto/calls.h"
#include "fuzz/embedded.h"
#include "fuzz/target.h"
#include "lurk/wire/handshake.h"
#include <gmp.h>

enum op { CIPHERTEXT, BLOCK, POINT, SUM, VERIFY, SIGNED, SPKI, PEM, HASH, OPS };
enum { KEY_P256, KEY_P384, KEY_ED25519, KEY_RSA, KEYS, MODULUS_LEN = 256 };

static const struct crypto_calls *const calls[2] = {&lurk_crypto_calls, &second_lurk_crypto_calls};
static lurk_private_key *keys[2][KEYS];

static void start(void) {
  static const char *const pems[KEYS] = {fuzz_p256_pem, fuzz_p384_pem, fuzz_ed25519_pem, fuzz_rsa2048_pem};
  if (keys[0][0] != NULL)
    return;
  FUZZ_CHECK(strcmp(calls[0]->name(), calls[1]->name()) != 0);
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < KEYS; k++)
      FUZZ_CHECK(calls[i]->private_load((const uint8_t *)pems[k], strlen(pems[k]), &keys[i][k]) == LURK_OK);
}

/* --- RSA decryption --- */

static bool compare_premasters(const uint8_t *ciphertext, size_t len, uint16_t version,
                               uint8_t premaster[LURK_PREMASTER_LEN]) {
  uint8_t made[2][LURK_PREMASTER_LEN];
  lurk_status status[2];
  for (int i = 0; i < 2; i++)
    status[i] = calls[i]->premaster(keys[i][KEY_RSA], ciphertext, len, version, made[i]);
  FUZZ_CHECK(status[0] == status[1]);
  FUZZ_CHECK(status[0] == (len == MODULUS_LEN ? LURK_OK : LURK_ERR_MALFORMED));
  if (status[0] != LURK_OK)
    return false;
  FUZZ_CHECK(memcmp(made[0], made[1], sizeof made[0]) == 0);
  FUZZ_CHECK(made[0][0] == version >> 8 && made[0][1] == (version & 0xff));
  memcpy(premaster, made[0], sizeof made[0]);
  return true;
}

static uint16_t version_of(uint8_t choice) {
  return choice % 2 == 0 ? 0x0303 : 0xfefd;
}

static void run_ciphertext(const uint8_t *data, size_t size) {
  uint8_t premaster[LURK_PREMASTER_LEN];
  if (size > 0)
    compare_premasters(data + 1, size - 1, version_of(data[0]), premaster);
}

/* Whatever PKCS#1 says, read here once more: 00 02, eight octets or more but no zero, zero, 48 octets. */
static bool is_padded(const uint8_t *block, uint16_t version) {
  const size_t zero = MODULUS_LEN - LURK_PREMASTER_LEN - 1;
  if (block[0] != 0 || block[1] != 2 || block[zero] != 0)
    return false;
  for (size_t i = 2; i < zero; i++)
    if (block[i] == 0)
      return false;
  return block[zero + 1] == version >> 8 && block[zero + 2] == (version & 0xff);
}

/* By the public operation; GMP knows neither of the two. False when the block is not below the modulus. */
static bool encrypt(const uint8_t block[MODULUS_LEN], uint8_t ciphertext[MODULUS_LEN]) {
  const uint8_t *der;
  size_t len, written = 0;
  mpz_t n, e, m, c;
  calls[0]->public_spki(calls[0]->private_public(keys[0][KEY_RSA]), &der, &len);
  /* SubjectPublicKeyInfo ends with the modulus, then 02 03 and the exponent. */
  FUZZ_CHECK(der[len - 5] == 2 && der[len - 4] == 3);
  mpz_inits(n, e, m, c, NULL);
  mpz_import(n, MODULUS_LEN, 1, 1, 1, 0, der + len - 5 - MODULUS_LEN);
  mpz_import(e, 3, 1, 1, 1, 0, der + len - 3);
  mpz_import(m, MODULUS_LEN, 1, 1, 1, 0, block);
  bool below = mpz_cmp(m, n) < 0;
  if (below) {
    mpz_powm(c, m, e, n);
    size_t octets = (mpz_sizeinbase(c, 2) + 7) / 8;
    memset(ciphertext, 0, MODULUS_LEN);
    mpz_export(ciphertext + MODULUS_LEN - octets, &written, 1, 1, 1, 0, c);
  }
  mpz_clears(n, e, m, c, NULL);
  return below;
}

/* A padded block, of which the input replaces some: pairs of place and octet. */
static void run_block(const uint8_t *data, size_t size) {
  uint8_t block[MODULUS_LEN], ciphertext[MODULUS_LEN], premaster[LURK_PREMASTER_LEN];
  uint16_t version = version_of(size > 0 ? data[0] : 0);
  const size_t zero = MODULUS_LEN - LURK_PREMASTER_LEN - 1;
  memset(block, 0xa5, sizeof block);
  block[0] = 0;
  block[1] = 2;
  block[zero] = 0;
  block[zero + 1] = (uint8_t)(version >> 8);
  block[zero + 2] = (uint8_t)version;
  for (size_t i = 1; i + 1 < size; i += 2)
    block[data[i]] = data[i + 1];
  if (!encrypt(block, ciphertext) || !compare_premasters(ciphertext, sizeof ciphertext, version, premaster))
    return;
  const bool is_the_same = memcmp(premaster, block + zero + 1, sizeof premaster) == 0;
  FUZZ_CHECK(is_the_same == is_padded(block, version));
}

/* --- points --- */

static uint16_t group_of(uint8_t choice) {
  static const uint16_t groups[] = {LURK_GROUP_SECP256R1, LURK_GROUP_SECP384R1, LURK_GROUP_SECP521R1,
                                    LURK_GROUP_X25519, 0x001e};
  return groups[choice % (sizeof groups / sizeof *groups)];
}

static size_t scalar_len(uint16_t group) {
  return group == LURK_GROUP_SECP256R1 ? 32 : group == LURK_GROUP_SECP384R1 ? 48 : 66;
}

static void run_point(const uint8_t *data, size_t size) {
  if (size == 0)
    return;
  uint16_t group = group_of(data[0]);
  lurk_status status = calls[0]->check_point(group, data + 1, size - 1);
  FUZZ_CHECK(status == calls[1]->check_point(group, data + 1, size - 1));
  FUZZ_CHECK(status == LURK_OK || status == LURK_ERR_MALFORMED || status == LURK_ERR_UNSUPPORTED);
}

/* group(1), s, t, and the number of a point, or a point. */
static void run_sum(const uint8_t *data, size_t size) {
  uint8_t point[2][LURK_MAX_POINT_LEN], sum[2][LURK_MAX_POINT_LEN];
  const uint16_t group = group_of(size > 0 ? data[0] % 3 : 0);
  const size_t len = scalar_len(group), point_len = 2 * ((len == 66 ? 66 : len)) + 1;
  if (size < 1 + 3 * len)
    return;
  const uint8_t *s = data + 1, *t = s + len, *number = t + len, *rest = number;
  lurk_status status[2];
  for (int i = 0; i < 2; i++)
    status[i] = calls[i]->mul_base(group, number, point[i]);
  FUZZ_CHECK(status[0] == status[1]);
  if (status[0] == LURK_OK) {
    FUZZ_CHECK(memcmp(point[0], point[1], point_len) == 0);
    FUZZ_CHECK(calls[0]->check_point(group, point[0], point_len) == LURK_OK);
    rest = point[0];
  }
  const size_t rest_len = rest == number ? size - (size_t)(number - data) : point_len;
  for (int i = 0; i < 2; i++)
    status[i] = calls[i]->mul_add(group, s, t, rest, rest_len, sum[i]);
  FUZZ_CHECK(status[0] == status[1]);
  FUZZ_CHECK(status[0] != LURK_OK || memcmp(sum[0], sum[1], point_len) == 0);
}

/* --- signatures --- */

static struct lurk_signature_algorithm algorithm_of(uint8_t choice) {
  static const enum lurk_hash hashes[] = {LURK_SHA256, LURK_SHA384, LURK_SHA512, LURK_SHA1};
  return (struct lurk_signature_algorithm){.kind = (enum lurk_signature_kind)(choice % 4),
                                           .hash = hashes[choice / 4 % 4]};
}

static lurk_status verify_both(int key, struct lurk_signature_algorithm algorithm, const uint8_t *message,
                               size_t len, const uint8_t *signature, size_t signature_len) {
  lurk_status status[2];
  for (int i = 0; i < 2; i++)
    status[i] = calls[i]->verify(calls[i]->private_public(keys[i][key]), algorithm, message, len, signature,
                                 signature_len);
  FUZZ_CHECK(status[0] == status[1]);
  FUZZ_CHECK(status[0] == LURK_OK || status[0] == LURK_ERR_MISMATCH || status[0] == LURK_ERR_UNSUPPORTED);
  return status[0];
}

/* key(1) algorithm(1) length of the signature(2), signature, message. */
static void run_verify(const uint8_t *data, size_t size) {
  if (size < 4)
    return;
  size_t len = (size_t)(data[2] << 8 | data[3]);
  if (len > size - 4)
    len = size - 4;
  verify_both(data[0] % KEYS, algorithm_of(data[1]), data + 4 + len, size - 4 - len, data + 4, len);
}

/* key(1) algorithm(1) who signs(1) place(1) octet(1) change in length(1), message: a good signature is good
 * for both; one that was changed is so for neither. */
static void run_signed(const uint8_t *data, size_t size) {
  uint8_t signature[2][LURK_MAX_SIGNATURE_LEN + 1] = {{0}};
  size_t len[2];
  lurk_status status[2];
  if (size < 6)
    return;
  const int key = data[0] % KEYS, who = data[2] % 2;
  const struct lurk_signature_algorithm algorithm = algorithm_of(data[1]);
  const uint8_t *message = data + 6;
  for (int i = 0; i < 2; i++) {
    len[i] = LURK_MAX_SIGNATURE_LEN;
    status[i] = calls[i]->sign(keys[i][key], algorithm, message, size - 6, signature[i], &len[i]);
  }
  FUZZ_CHECK(status[0] == status[1]);
  if (status[0] != LURK_OK)
    return;
  if (algorithm.kind == LURK_SIGN_ED25519 || algorithm.kind == LURK_SIGN_RSA_PKCS1)
    FUZZ_CHECK(len[0] == len[1] && memcmp(signature[0], signature[1], len[0]) == 0);
  for (int i = 0; i < 2; i++)
    FUZZ_CHECK(verify_both(key, algorithm, message, size - 6, signature[i], len[i]) == LURK_OK);
  const size_t place = data[3] * len[who] / 256;
  const bool changed = signature[who][place] != data[4];
  signature[who][place] = data[4];
  const size_t bent = data[5] == 1 ? len[who] + 1 : data[5] == 2 ? len[who] - 1 : len[who];
  FUZZ_CHECK((verify_both(key, algorithm, message, size - 6, signature[who], bent) == LURK_OK) ==
             (!changed && bent == len[who]));
}

/* --- keys --- */

static void compare_public(const lurk_public_key *const public_keys[2], const uint8_t *given,
                           size_t given_len) {
  const uint8_t *der[2];
  size_t len[2];
  for (int i = 0; i < 2; i++)
    calls[i]->public_spki(public_keys[i], &der[i], &len[i]);
  FUZZ_CHECK(calls[0]->public_type(public_keys[0]) == calls[1]->public_type(public_keys[1]));
  FUZZ_CHECK(calls[0]->modulus_len(public_keys[0]) == calls[1]->modulus_len(public_keys[1]));
  FUZZ_CHECK(len[0] == len[1] && memcmp(der[0], der[1], len[0]) == 0);
  FUZZ_CHECK(given == NULL || (len[0] == given_len && memcmp(der[0], given, given_len) == 0));
}

static void run_spki(const uint8_t *data, size_t size) {
  lurk_public_key *loaded[2] = {NULL, NULL};
  lurk_status status[2];
  for (int i = 0; i < 2; i++)
    status[i] = calls[i]->public_load(data, size, &loaded[i]);
  FUZZ_CHECK(status[0] == status[1]);
  if (status[0] == LURK_OK)
    compare_public((const lurk_public_key *const[]){loaded[0], loaded[1]}, data, size);
  for (int i = 0; i < 2; i++)
    calls[i]->public_free(loaded[i]);
}

static void run_pem(const uint8_t *data, size_t size) {
  lurk_private_key *loaded[2] = {NULL, NULL};
  lurk_status status[2];
  for (int i = 0; i < 2; i++)
    status[i] = calls[i]->private_load(data, size, &loaded[i]);
  FUZZ_CHECK(status[0] == status[1]);
  if (status[0] == LURK_OK) {
    FUZZ_CHECK(calls[0]->private_type(loaded[0]) == calls[1]->private_type(loaded[1]));
    compare_public((const lurk_public_key *const[]){calls[0]->private_public(loaded[0]),
                                                    calls[1]->private_public(loaded[1])},
                   NULL, 0);
  }
  for (int i = 0; i < 2; i++)
    calls[i]->private_free(loaded[i]);
}

static void run_hash(const uint8_t *data, size_t size) {
  uint8_t out[2][LURK_MAX_HASH_LEN] = {{0}};
  if (size < 2)
    return;
  const enum lurk_hash hash = (enum lurk_hash)(data[0] % 5);
  const size_t key_len = data[1] < size - 2 ? data[1] : size - 2;
  for (int i = 0; i < 2; i++)
    FUZZ_CHECK(calls[i]->digest(hash, data, size, out[i]) == LURK_OK);
  FUZZ_CHECK(memcmp(out[0], out[1], sizeof out[0]) == 0);
  for (int i = 0; i < 2; i++)
    FUZZ_CHECK(calls[i]->hmac(hash, data + 2, key_len, data, size, out[i]) == LURK_OK);
  FUZZ_CHECK(memcmp(out[0], out[1], sizeof out[0]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const runs[OPS])(const uint8_t *, size_t) = {
      run_ciphertext, run_block, run_point, run_sum, run_verify, run_signed, run_spki, run_pem, run_hash};
  start();
  if (size > 0)
    runs[data[0] % OPS](data + 1, size - 1);
  return 0;
}
