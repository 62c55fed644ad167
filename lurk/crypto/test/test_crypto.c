/* The vectors of vectors.json, through one library; the program is built once per library. */
#include "lurk/crypto/test/error_queue.h"
#include "lurk/crypto/test/vectors.h"
#include "lurk/fault.h"
#include "lurk/file.h"
#include "lurk/wire/handshake.h"
#include "lurk/wire/test/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <threads.h>

static lurk_status load_key(const char *file, lurk_private_key **key) {
  char path[512];
  struct lurk_octets pem = {0};
  snprintf(path, sizeof path, "%s/keys/%s", LURK_CRYPTO_TEST_DATA, file);
  if (!lurk_file_read(path, 65536, &pem, NULL))
    fail_msg("cannot read %s", path);
  lurk_status status = lurk_private_key_load(pem.data, pem.len, key);
  lurk_octets_clear(&pem);
  return status;
}

/* Sound keys are loaded once: the checks of a key take longer than using it. */
static struct {
  const char *file; /* within vectors */
  lurk_private_key *key;
} loaded[16];

static const lurk_private_key *sound_key(const char *file) {
  size_t i = 0;
  while (loaded[i].file != NULL && strcmp(loaded[i].file, file) != 0)
    i++;
  assert_true(i < sizeof loaded / sizeof loaded[0] - 1);
  if (loaded[i].file == NULL) {
    assert_int_equal(load_key(file, &loaded[i].key), LURK_OK);
    loaded[i].file = file;
  }
  return loaded[i].key;
}

/* --- hash, HMAC, random --- */

static void check_digest(const json_t *vector) {
  enum lurk_hash hash;
  uint8_t digest[LURK_MAX_HASH_LEN];
  struct lurk_octets data = vector_octets(vector, "data"), expected = vector_octets(vector, "digest");
  assert_true(crypto_json_hash(vector, "hash", &hash));
  assert_int_equal(lurk_hash_len(hash), expected.len);
  assert_int_equal(lurk_digest(hash, data.data, data.len, digest), LURK_OK);
  assert_memory_equal(digest, expected.data, expected.len);
  lurk_octets_clear(&data);
  lurk_octets_clear(&expected);
}

static void check_hmac(const json_t *vector) {
  enum lurk_hash hash;
  uint8_t mac[LURK_MAX_HASH_LEN];
  struct lurk_octets key = vector_octets(vector, "key"), data = vector_octets(vector, "data"),
                     expected = vector_octets(vector, "mac");
  assert_true(crypto_json_hash(vector, "hash", &hash));
  assert_int_equal(lurk_hmac(hash, key.data, key.len, data.data, data.len, mac), LURK_OK);
  assert_memory_equal(mac, expected.data, expected.len);
  lurk_octets_clear(&key);
  lurk_octets_clear(&data);
  lurk_octets_clear(&expected);
}

static void test_hashes(void **state) {
  (void)state;
  vectors_for_each("digests", check_digest);
  vectors_for_each("hmacs", check_hmac);
}

static void test_random(void **state) {
  (void)state;
  uint8_t first[32] = {0}, second[32] = {0}, nothing[32] = {0};
  assert_int_equal(lurk_random(first, sizeof first), LURK_OK);
  assert_int_equal(lurk_random(second, sizeof second), LURK_OK);
  assert_memory_not_equal(first, nothing, sizeof first);
  assert_memory_not_equal(first, second, sizeof first);
}

/* --- keys --- */

static void check_key(const json_t *vector) {
  lurk_private_key *key = NULL;
  const char *file = vector_text(vector, "file");
  lurk_status status = load_key(file, &key);
  vector_expect_status(vector, file, status);
  if (status != LURK_OK) {
    assert_null(key);
    return;
  }
  const uint8_t *spki;
  size_t spki_len;
  struct lurk_octets expected = vector_octets(vector, "spki");
  lurk_public_key_spki(lurk_private_key_public(key), &spki, &spki_len);
  assert_int_equal(spki_len, expected.len);
  assert_memory_equal(spki, expected.data, spki_len);
  assert_string_equal(crypto_json_key_type(lurk_private_key_type(key)), vector_text(vector, "type"));
  assert_int_equal(lurk_public_key_type(lurk_private_key_public(key)), lurk_private_key_type(key));
  assert_int_equal(lurk_public_key_modulus_len(lurk_private_key_public(key)),
                   vector_number(vector, "modulus_len"));
  lurk_octets_clear(&expected);
  lurk_private_key_free(key);
}

static void check_public_key(const json_t *vector) {
  lurk_public_key *key = NULL;
  struct lurk_octets spki = vector_octets(vector, "spki");
  vector_expect_status(vector, vector_text(vector, "comment"),
                       lurk_public_key_load(spki.data, spki.len, &key));
  lurk_public_key_free(key);
  lurk_octets_clear(&spki);
}

static void test_keys(void **state) {
  (void)state;
  vectors_for_each("keys", check_key);
  vectors_for_each("public_keys", check_public_key);
  lurk_private_key_free(NULL);
  lurk_public_key_free(NULL);
}

/* Text in which what stands first is replaced by the second, all of it if need be. */
static lurk_status load_changed(const char *file, const char *what, const char *by, const char *after,
                                lurk_private_key **key) {
  char path[512], text[8192] = "";
  struct lurk_octets pem = {0};
  size_t used = 0;
  snprintf(path, sizeof path, LURK_CRYPTO_TEST_DATA "/keys/%s", file);
  assert_true(lurk_file_read(path, sizeof text / 4, &pem, NULL));
  for (size_t i = 0; i < pem.len;) {
    const bool found = pem.len - i >= strlen(what) && memcmp(pem.data + i, what, strlen(what)) == 0;
    used += (size_t)snprintf(text + used, sizeof text - used, found ? "%s" : "%.1s",
                             found ? by : (const char *)pem.data + i);
    i += found ? strlen(what) : 1;
  }
  snprintf(text + used, sizeof text - used, "%s", after);
  lurk_octets_clear(&pem);
  return lurk_private_key_load((const uint8_t *)text, strlen(text), key);
}

/* Libraries do not agree about these; we do. */
static void test_text_around_keys(void **state) {
  (void)state;
  static const struct {
    const char *what, *by;
    lurk_status status;
  } rows[] = {{"\n", " \t\r\n", LURK_OK},
              {"END PRIVATE KEY-----\n", "END PRIVATE KEY-----", LURK_OK},
              {"-----BEGIN", " -----BEGIN", LURK_ERR_MALFORMED},
              {"END PRIVATE KEY-----", "END PRIVATE KEYaway", LURK_ERR_MALFORMED},
              {"END PRIVATE KEY", "END   PRIVATE KEY", LURK_ERR_MALFORMED},
              {"END PRIVATE KEY", "END EC PRIVATE KEY", LURK_ERR_MALFORMED},
              {"-----END PRIVATE KEY-----", "", LURK_ERR_MALFORMED},
              {"PRIVATE KEY-----\n", "PRIVATE KEY-----\nA: b\n\n", LURK_ERR_MALFORMED},
              {"-----BEGIN", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----BEGIN", LURK_ERR_MALFORMED},
              {"=", "", LURK_ERR_MALFORMED}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    lurk_private_key *key = NULL;
    assert_int_equal(load_changed("rsa2048.pem", rows[i].what, rows[i].by, "", &key), rows[i].status);
    assert_int_equal(key != NULL, rows[i].status == LURK_OK);
    lurk_private_key_free(key);
  }
}

/* The first one counts, whatever its form. */
static void test_first_key_is_taken(void **state) {
  (void)state;
  static const char *const files[] = {"p256-sec1.pem", "ed25519.pem", "rsa2048-pkcs1.pem"};
  static const enum lurk_key_type types[] = {LURK_KEY_P256, LURK_KEY_ED25519, LURK_KEY_RSA};
  static const char second[] = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    lurk_private_key *key = NULL;
    assert_int_equal(load_changed(files[i], "\n", "\n", second, &key), LURK_OK);
    assert_int_equal(lurk_private_key_type(key), types[i]);
    lurk_private_key_free(key);
  }
}

static void test_key_files_have_a_limit(void **state) {
  (void)state;
  lurk_private_key *key = NULL;
  struct lurk_octets pem = {0};
  assert_true(lurk_octets_alloc(&pem, 1 << 20));
  memset(pem.data, '\n', pem.len);
  assert_int_equal(lurk_private_key_load(pem.data, pem.len, &key), LURK_ERR_MALFORMED);
  assert_null(key);
  lurk_octets_clear(&pem);
}

/* --- signatures --- */

static void check_signature(const json_t *vector) {
  char what[128];
  struct lurk_signature_algorithm algorithm;
  const lurk_public_key *key = lurk_private_key_public(sound_key(vector_text(vector, "key")));
  struct lurk_octets message = vector_octets(vector, "message"),
                     signature = vector_octets(vector, "signature");
  uint16_t scheme = (uint16_t)vector_number(vector, "scheme");
  snprintf(what, sizeof what, "%s, scheme %04x, %s", vector_text(vector, "key"), scheme,
           vector_text(vector, "comment"));
  assert_int_equal(lurk_signature_for_scheme(lurk_public_key_type(key), scheme, false, &algorithm), LURK_OK);
  vector_expect_status(vector, what,
                       lurk_verify(key, algorithm, message.data, message.len, signature.data, signature.len));
  lurk_octets_clear(&message);
  lurk_octets_clear(&signature);
}

static void test_foreign_signatures(void **state) {
  (void)state;
  vectors_for_each("signatures", check_signature);
}

static void sign_and_verify(const lurk_private_key *key, struct lurk_signature_algorithm algorithm) {
  static const uint8_t message[] = "to be signed";
  uint8_t signature[LURK_MAX_SIGNATURE_LEN];
  size_t len = 0;
  const lurk_public_key *public_key = lurk_private_key_public(key);
  assert_int_equal(lurk_sign(key, algorithm, message, sizeof message, signature, &len), LURK_OK);
  assert_int_equal(lurk_verify(public_key, algorithm, message, sizeof message, signature, len), LURK_OK);
  assert_int_equal(lurk_verify(public_key, algorithm, message, sizeof message - 1, signature, len),
                   LURK_ERR_MISMATCH);
}

static void test_own_signatures(void **state) {
  (void)state;
  static const char *const files[] = {"rsa2048.pem", "rsa2050.pem", "rsa4096.pem", "p256.pem",
                                      "p384.pem",    "p521.pem",    "ed25519.pem"};
  size_t signatures = 0;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    const lurk_private_key *key = sound_key(files[i]);
    struct lurk_signature_algorithm algorithm;
    for (uint16_t scheme = 0x0400; scheme < 0x0900; scheme++) {
      if (lurk_signature_for_scheme(lurk_private_key_type(key), scheme, false, &algorithm) != LURK_OK)
        continue;
      sign_and_verify(key, algorithm);
      signatures++;
    }
  }
  assert_int_equal(signatures, 3 * 6 + 3 * 3 + 1);
}

static void test_misfits_are_refused(void **state) {
  (void)state;
  uint8_t signature[LURK_MAX_SIGNATURE_LEN];
  size_t len = 0;
  const struct {
    const char *file;
    struct lurk_signature_algorithm algorithm;
  } cases[] = {
      {"p256.pem", {LURK_SIGN_RSA_PKCS1, LURK_SHA256}},  {"p256.pem", {LURK_SIGN_ED25519, LURK_SHA512}},
      {"p256.pem", {LURK_SIGN_ECDSA, LURK_SHA1}},        {"rsa2048.pem", {LURK_SIGN_ECDSA, LURK_SHA256}},
      {"rsa2048.pem", {LURK_SIGN_RSA_PKCS1, LURK_SHA1}}, {"rsa2048.pem", {LURK_SIGN_RSA_PSS, LURK_SHA224}},
      {"ed25519.pem", {LURK_SIGN_ECDSA, LURK_SHA256}},   {"ed25519.pem", {LURK_SIGN_RSA_PSS, LURK_SHA256}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const lurk_private_key *key = sound_key(cases[i].file);
    assert_int_equal(lurk_sign(key, cases[i].algorithm, signature, 1, signature, &len), LURK_ERR_UNSUPPORTED);
    assert_int_equal(
        lurk_verify(lurk_private_key_public(key), cases[i].algorithm, signature, 1, signature, 64),
        LURK_ERR_UNSUPPORTED);
  }
}

/* --- RSA premaster --- */

static void check_premaster(const json_t *vector) {
  uint8_t premaster[LURK_PREMASTER_LEN];
  const lurk_private_key *key = sound_key(vector_text(vector, "key"));
  struct lurk_octets ciphertext = vector_octets(vector, "ciphertext"),
                     expected = vector_octets(vector, "premaster");
  uint16_t version = (uint16_t)vector_number(vector, "version");
  for (int twice = 0; twice < 2; twice++) { /* BL-08 */
    memset(premaster, 0, sizeof premaster);
    assert_int_equal(lurk_rsa_premaster(key, ciphertext.data, ciphertext.len, version, premaster), LURK_OK);
    if (memcmp(premaster, expected.data, sizeof premaster) != 0)
      fail_msg("%s, %s: wrong premaster", vector_text(vector, "key"), vector_text(vector, "comment"));
  }
  lurk_octets_clear(&ciphertext);
  lurk_octets_clear(&expected);
}

static void test_premasters(void **state) {
  (void)state;
  vectors_for_each("premasters", check_premaster);
}

static void test_premaster_input_has_the_modulus_length(void **state) {
  (void)state;
  uint8_t premaster[LURK_PREMASTER_LEN];
  uint8_t ciphertext[600] = {0};
  static const size_t lengths[] = {0, 1, 255, 257, 512, 600};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
    assert_int_equal(lurk_rsa_premaster(sound_key("rsa2048.pem"), ciphertext, lengths[i], 0x0303, premaster),
                     LURK_ERR_MALFORMED);
  assert_int_equal(lurk_rsa_premaster(sound_key("p256.pem"), ciphertext, 256, 0x0303, premaster),
                   LURK_ERR_UNSUPPORTED);
}

#ifdef LURK_FAULTS
static void check_unsafe_decryption(const json_t *vector) {
  struct lurk_octets ciphertext = vector_octets(vector, "ciphertext"), plaintext = {0};
  const char *comment = vector_text(vector, "comment");
  lurk_status status = lurk_rsa_decrypt_unsafe(sound_key(vector_text(vector, "key")), ciphertext.data,
                                               ciphertext.len, &plaintext);
  size_t len;
  if (strncmp(comment, "good", 4) == 0) {
    struct lurk_octets expected = vector_octets(vector, "premaster");
    assert_int_equal(plaintext.len, expected.len);
    assert_memory_equal(plaintext.data, expected.data, expected.len);
    lurk_octets_clear(&expected);
  } else if (sscanf(comment, "BL-05 message of %zu octets", &len) == 1) {
    bool padded = len <= ciphertext.len - 11; /* RFC 8017 §7.2.1: eight octets of padding */
    assert_int_equal(status, padded ? LURK_OK : LURK_ERR_MALFORMED);
    assert_int_equal(plaintext.len, padded ? len : 0);
  } else if (strncmp(comment, "BL-05", 5) != 0 && strncmp(comment, "BL-06", 5) != 0 &&
             strstr(comment, "DTLS") == NULL) {
    assert_int_equal(status, LURK_ERR_MALFORMED);
  }
  lurk_octets_clear(&ciphertext);
  lurk_octets_clear(&plaintext);
}

static void test_faults_are_what_they_say(void **state) {
  (void)state;
  static const uint8_t off_curve[65] = {0x04};
  vectors_for_each("premasters", check_unsafe_decryption);
  assert_int_equal(lurk_group_check_point(LURK_GROUP_SECP256R1, off_curve, 65), LURK_ERR_MALFORMED);
  assert_true(lurk_fault_switch_on("off_curve_point_signed"));
  assert_int_equal(lurk_group_check_point(LURK_GROUP_SECP256R1, off_curve, 65), LURK_OK);
  assert_int_equal(lurk_group_check_point(LURK_GROUP_SECP256R1, off_curve, 64), LURK_ERR_MALFORMED);
}
#endif

/* --- groups --- */

static void check_point(const json_t *vector) {
  struct lurk_octets point = vector_octets(vector, "point");
  char what[128];
  uint16_t group = (uint16_t)vector_number(vector, "group");
  snprintf(what, sizeof what, "group %04x, %s", group, vector_text(vector, "comment"));
  lurk_status status = lurk_group_check_point(group, point.data, point.len);
  vector_expect_status(vector, what, status);

  uint8_t own[LURK_MAX_POINT_LEN], secret[LURK_MAX_SHARED_SECRET_LEN];
  size_t own_len, secret_len;
  lurk_ecdh_key *key = NULL;
  if (status == LURK_ERR_UNSUPPORTED) {
    assert_int_equal(lurk_ecdh_generate(group, &key, own, &own_len), LURK_ERR_UNSUPPORTED);
    assert_null(key);
  } else {
    assert_int_equal(lurk_ecdh_generate(group, &key, own, &own_len), LURK_OK);
    vector_expect_status(vector, what, lurk_ecdh_derive(key, point.data, point.len, secret, &secret_len));
  }
  lurk_ecdh_free(key);
  lurk_octets_clear(&point);
}

static void test_points(void **state) {
  (void)state;
  vectors_for_each("points", check_point);
}

static void test_ecdh_agrees(void **state) {
  (void)state;
  static const struct {
    uint16_t group;
    size_t point_len, secret_len;
  } groups[] = {{LURK_GROUP_SECP256R1, 65, 32},
                {LURK_GROUP_SECP384R1, 97, 48},
                {LURK_GROUP_SECP521R1, 133, 66},
                {LURK_GROUP_X25519, 32, 32}};
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    lurk_ecdh_key *keys[2];
    uint8_t points[2][LURK_MAX_POINT_LEN], secrets[2][LURK_MAX_SHARED_SECRET_LEN];
    size_t len;
    for (int side = 0; side < 2; side++) {
      assert_int_equal(lurk_ecdh_generate(groups[i].group, &keys[side], points[side], &len), LURK_OK);
      assert_int_equal(len, groups[i].point_len);
      assert_int_equal(lurk_group_check_point(groups[i].group, points[side], len), LURK_OK);
    }
    assert_memory_not_equal(points[0], points[1], groups[i].point_len);
    for (int side = 0; side < 2; side++) {
      assert_int_equal(
          lurk_ecdh_derive(keys[side], points[1 - side], groups[i].point_len, secrets[side], &len), LURK_OK);
      assert_int_equal(len, groups[i].secret_len);
    }
    assert_memory_equal(secrets[0], secrets[1], groups[i].secret_len);
    lurk_ecdh_free(keys[0]);
    lurk_ecdh_free(keys[1]);
  }
  lurk_ecdh_free(NULL);
}

/* --- one key, several threads --- */

static int use_key(void *argument) {
  const lurk_private_key *key = argument;
  static const uint8_t message[] = "threads";
  struct lurk_signature_algorithm algorithm = {LURK_SIGN_RSA_PSS, LURK_SHA256};
  uint8_t signature[LURK_MAX_SIGNATURE_LEN], first[LURK_PREMASTER_LEN], again[LURK_PREMASTER_LEN];
  size_t len;
  for (int i = 0; i < 30; i++) {
    if (lurk_sign(key, algorithm, message, sizeof message, signature, &len) != LURK_OK ||
        lurk_verify(lurk_private_key_public(key), algorithm, message, sizeof message, signature, len) !=
            LURK_OK ||
        lurk_rsa_premaster(key, signature, len, 0x0303, first) != LURK_OK ||
        lurk_rsa_premaster(key, signature, len, 0x0303, again) != LURK_OK ||
        memcmp(first, again, sizeof first) != 0)
      return 1;
  }
  return 0;
}

static void test_threads_share_a_key(void **state) {
  (void)state;
  lurk_private_key *key = NULL;
  assert_int_equal(load_key("rsa2048.pem", &key), LURK_OK);
  thrd_t threads[4];
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(thrd_create(&threads[i], use_key, key), thrd_success);
  for (size_t i = 0; i < 4; i++) {
    int failed = 1;
    assert_int_equal(thrd_join(threads[i], &failed), thrd_success);
    assert_int_equal(failed, 0);
  }
  lurk_private_key_free(key);
}

static int load_vectors(void **state) {
  (void)state;
  return vectors_load(LURK_CRYPTO_TEST_DATA "/vectors.json");
}

static int free_vectors(void **state) {
  (void)state;
  for (size_t i = 0; loaded[i].file != NULL; i++)
    lurk_private_key_free(loaded[i].key);
  vectors_free();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_hashes, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_random, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_keys, error_queue_fill, error_queue_has_no_more),
      cmocka_unit_test_setup_teardown(test_text_around_keys, error_queue_fill, error_queue_has_no_more),
      cmocka_unit_test_setup_teardown(test_first_key_is_taken, error_queue_fill, error_queue_has_no_more),
      cmocka_unit_test_setup_teardown(test_key_files_have_a_limit, error_queue_fill,
                                      error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_foreign_signatures, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_own_signatures, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_misfits_are_refused, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_premasters, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_premaster_input_has_the_modulus_length, error_queue_fill,
                                      error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_points, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_ecdh_agrees, error_queue_fill, error_queue_is_untouched),
      cmocka_unit_test_setup_teardown(test_threads_share_a_key, error_queue_fill, error_queue_is_untouched),
#ifdef LURK_FAULTS
      cmocka_unit_test(test_faults_are_what_they_say), /* the last one: a fault stays on */
#endif
  };
  return cmocka_run_group_tests_name(lurk_crypto_name(), tests, load_vectors, free_vectors);
}
