/* Keys of the configuration: what is served and what is refused. */
#include "config_file.h"
#include "lurk/wire/test/cmocka_all.h"
#include "reference-keyserver/key_store.h"
#include <string.h>

#define KEY(name) "\"" LURK_TEST_KEYS "/" name "\""

static const uint8_t no_channel[32];

static void load_config(const char *way, const char *json, struct lurk_config *out) {
  char why[512];
  assert_true(lurk_config_load(config_file_write(way, json), out, why, sizeof why));
}

static void keys_are_known_by_their_fingerprint(void **state) {
  (void)state;
  struct lurk_config config;
  struct lurk_key_store store;
  char why[512];
  load_config(NULL, NULL, &config);
  assert_true(lurk_key_store_load(&config, "F", no_channel, NULL, &store, why, sizeof why));
  assert_int_equal(store.count, config.key_count);
  for (size_t i = 0; i < store.count; i++) {
    const uint8_t *der;
    size_t len;
    uint8_t fingerprint[LURK_MAX_HASH_LEN];
    lurk_public_key_spki(lurk_private_key_public(store.keys[i].key), &der, &len);
    assert_int_equal(lurk_digest(LURK_SHA256, der, len, fingerprint), LURK_OK);
    assert_memory_equal(store.keys[i].spki, fingerprint, 32);
    assert_string_equal(store.keys[i].name, config.keys[i].name);
    assert_false(store.keys[i].has_certificate);
    assert_true(lurk_served_key_is_current(&store.keys[i], 0));
  }
  assert_int_equal(store.keys[2].usage, LURK_USAGE_SKI_RSA);
  lurk_key_store_clear(&store);
  lurk_config_clear(&config);
}

static void bad_keys_get_their_line(void **state) {
  (void)state;
  static const struct {
    const char *way, *json, *line;
  } rows[] = {
      {"keys.1.file", "\"/no/such.pem\"", "F: keys[1].file: /no/such.pem: No such file or directory"},
      {"keys.1.file", "\"/dev/null\"", "F: keys[1].file: /dev/null: Invalid argument"},
      {"keys.0.file", KEY("malformed-no-pem.pem"),
       "F: keys[0].file: " LURK_TEST_KEYS "/malformed-no-pem.pem: is not an unencrypted private key in PEM"},
      {"keys.0.file", KEY("malformed-encrypted.pem"),
       "F: keys[0].file: " LURK_TEST_KEYS
       "/malformed-encrypted.pem: is not an unencrypted private key in PEM"},
      {"keys.0.file", KEY("unsupported-rsa1024.pem"),
       "F: keys[0].file: " LURK_TEST_KEYS
       "/unsupported-rsa1024.pem: only RSA of 2048 to 4096 bits, P-256, P-384, P-521 and Ed25519 are served"},
      {"keys.2.file", KEY("p521.pem"), "F: keys[2].usage: ski-rsa is for RSA keys"},
      {"keys.3.file", KEY("p256.pem"),
       "F: keys[3].file: is the same key as keys[0]; a key has one name and one usage"},
      /* the same key in another encoding, and with the other usage */
      {"keys.2.file", KEY("rsa2048-pkcs1.pem"),
       "F: keys[2].file: is the same key as keys[1]; a key has one name and one usage"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_config config;
    struct lurk_key_store store;
    char why[512];
    load_config(rows[i].way, rows[i].json, &config);
    assert_false(lurk_key_store_load(&config, "F", no_channel, NULL, &store, why, sizeof why));
    assert_string_equal(why, rows[i].line);
    assert_null(store.keys);
    lurk_config_clear(&config);
  }
}

static void channel_key_is_not_served(void **state) {
  (void)state;
  struct lurk_config config;
  struct lurk_key_store store;
  char why[512];
  load_config(NULL, NULL, &config);
  assert_true(lurk_key_store_load(&config, "F", no_channel, NULL, &store, why, sizeof why));
  uint8_t channel[32];
  memcpy(channel, store.keys[4].spki, sizeof channel);
  lurk_key_store_clear(&store);
  assert_false(lurk_key_store_load(&config, "F", channel, NULL, &store, why, sizeof why));
  assert_string_equal(why, "F: keys[4].file: " LURK_TEST_KEYS
                           "/p384.pem: is the key of the channel, which must not be served");
  lurk_config_clear(&config);
}

/* Two files change places, and a third one is new: it is the content that counts. */
static void known_keys_are_kept(void **state) {
  (void)state;
  struct lurk_config config, changed;
  struct lurk_key_store before, after;
  char why[512];
  load_config(NULL, NULL, &config);
  assert_true(lurk_key_store_load(&config, "F", no_channel, NULL, &before, why, sizeof why));
  load_config("keys.4.file", KEY("p521.pem"), &changed);
  char *first = changed.keys[0].file;
  changed.keys[0].file = changed.keys[3].file;
  changed.keys[3].file = first;
  assert_true(lurk_key_store_load(&changed, "F", no_channel, &before, &after, why, sizeof why));
  assert_ptr_equal(after.keys[0].key, before.keys[3].key);
  assert_ptr_equal(after.keys[1].key, before.keys[1].key);
  assert_ptr_equal(after.keys[2].key, before.keys[2].key);
  assert_ptr_equal(after.keys[3].key, before.keys[0].key);
  assert_memory_equal(after.keys[3].spki, before.keys[0].spki, 32);
  assert_int_equal(lurk_private_key_type(after.keys[4].key), LURK_KEY_P521);
  /* They outlive the store that loaded them. */
  lurk_key_store_clear(&before);
  const struct lurk_signature_algorithm algorithm = {LURK_SIGN_RSA_PKCS1, LURK_SHA256};
  uint8_t signature[LURK_MAX_SIGNATURE_LEN];
  size_t len;
  assert_int_equal(lurk_sign(after.keys[1].key, algorithm, no_channel, 32, signature, &len), LURK_OK);
  lurk_key_store_clear(&after);
  lurk_config_clear(&changed);
  lurk_config_clear(&config);
}

static void certificates_limit_the_time(void **state) {
  (void)state;
  const struct lurk_served_key key = {.has_certificate = true, .not_before = 100, .not_after = 200};
  assert_false(lurk_served_key_is_current(&key, 99));
  assert_true(lurk_served_key_is_current(&key, 100));
  assert_true(lurk_served_key_is_current(&key, 200));
  assert_false(lurk_served_key_is_current(&key, 201));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_known_by_their_fingerprint), cmocka_unit_test(bad_keys_get_their_line),
      cmocka_unit_test(channel_key_is_not_served),           cmocka_unit_test(known_keys_are_kept),
      cmocka_unit_test(certificates_limit_the_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
