/* Which signature algorithms a key may make: every scheme against every type of key. No library is involved.
 */
#include "lurk/crypto/crypto.h"
#include "lurk/wire/test/cmocka_all.h"

static const enum lurk_key_type types[] = {LURK_KEY_RSA, LURK_KEY_P256, LURK_KEY_P384, LURK_KEY_P521,
                                           LURK_KEY_ED25519};
enum { TYPES = sizeof types / sizeof types[0] };

/* Bits by key type. */
enum {
  RSA = 1 << LURK_KEY_RSA,
  P256 = 1 << LURK_KEY_P256,
  P384 = 1 << LURK_KEY_P384,
  P521 = 1 << LURK_KEY_P521,
  EC = P256 | P384 | P521,
  ED25519 = 1 << LURK_KEY_ED25519
};

/* RFC 8446 §4.2.3; in TLS 1.2 an ECDSA scheme names the hash alone (RFC 8422 §5.1.3). */
static const struct {
  uint16_t scheme;
  unsigned tls12, tls13; /* types of key that may use it */
  struct lurk_signature_algorithm algorithm;
} offered[] = {
    {0x0401, RSA, 0, {LURK_SIGN_RSA_PKCS1, LURK_SHA256}},
    {0x0501, RSA, 0, {LURK_SIGN_RSA_PKCS1, LURK_SHA384}},
    {0x0601, RSA, 0, {LURK_SIGN_RSA_PKCS1, LURK_SHA512}},
    {0x0403, EC, P256, {LURK_SIGN_ECDSA, LURK_SHA256}},
    {0x0503, EC, P384, {LURK_SIGN_ECDSA, LURK_SHA384}},
    {0x0603, EC, P521, {LURK_SIGN_ECDSA, LURK_SHA512}},
    {0x0804, RSA, RSA, {LURK_SIGN_RSA_PSS, LURK_SHA256}},
    {0x0805, RSA, RSA, {LURK_SIGN_RSA_PSS, LURK_SHA384}},
    {0x0806, RSA, RSA, {LURK_SIGN_RSA_PSS, LURK_SHA512}},
    {0x0807, ED25519, ED25519, {LURK_SIGN_ED25519, LURK_SHA512}},
};
enum { OFFERED = sizeof offered / sizeof offered[0] };

static void check_scheme(uint16_t scheme, bool tls13, enum lurk_key_type type) {
  size_t i = 0;
  while (i < OFFERED && offered[i].scheme != scheme)
    i++;
  bool fits = i < OFFERED && ((tls13 ? offered[i].tls13 : offered[i].tls12) & 1U << type) != 0;
  struct lurk_signature_algorithm algorithm;
  if (lurk_signature_for_scheme(type, scheme, tls13, &algorithm) != (fits ? LURK_OK : LURK_ERR_UNSUPPORTED))
    fail_msg("scheme %04x, TLS 1.%d, key type %d", scheme, tls13 ? 3 : 2, (int)type);
  if (!fits)
    return;
  assert_int_equal(algorithm.kind, offered[i].algorithm.kind);
  if (algorithm.kind != LURK_SIGN_ED25519)
    assert_int_equal(algorithm.hash, offered[i].algorithm.hash);
}

static void test_schemes(void **state) {
  (void)state;
  for (unsigned scheme = 0; scheme <= 0xffff; scheme++) {
    for (size_t type = 0; type < TYPES; type++) {
      check_scheme((uint16_t)scheme, false, types[type]);
      check_scheme((uint16_t)scheme, true, types[type]);
    }
  }
}

/* */
static void test_hashes_of_tls12(void **state) {
  (void)state;
  for (enum lurk_hash hash = LURK_SHA1; hash <= LURK_SHA512; hash++) {
    for (size_t type = 0; type < TYPES; type++) {
      bool fits = hash >= LURK_SHA256 && types[type] != LURK_KEY_ED25519;
      struct lurk_signature_algorithm algorithm;
      assert_int_equal(lurk_signature_for_hash(types[type], hash, &algorithm),
                       fits ? LURK_OK : LURK_ERR_UNSUPPORTED);
      if (!fits)
        continue;
      assert_int_equal(algorithm.hash, hash);
      assert_int_equal(algorithm.kind, types[type] == LURK_KEY_RSA ? LURK_SIGN_RSA_PKCS1 : LURK_SIGN_ECDSA);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_schemes),
      cmocka_unit_test(test_hashes_of_tls12),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
