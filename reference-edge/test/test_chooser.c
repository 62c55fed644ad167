/* One certificate of each kind against ClientHellos of many kinds. */
#include "lurk/file.h"
#include "lurk/wire/handshake.h"
#include "lurk/wire/test/cmocka_all.h"
#include "reference-edge/chooser.h"
#include "reference-edge/test/hello_builder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_SCHEMES "0403 0503 0603 0807 0804 0805 0806 0401 0501 0601"
#define ALL_GROUPS "001d 0017 0018 0019"
#define ALL_SUITES "1301 c02b c02f 009c"

enum { P256, RSA, ED25519, P384, P521, WILD, RSA_KX, COUNT };
static const struct {
  const char *key, *name;
  bool rsa_exchange;
} described[COUNT] = {
    [P256] = {"p256", "www.example", false},       [RSA] = {"rsa2048", "www.example", false},
    [ED25519] = {"ed25519", "www.example", false}, [P384] = {"p384", "www.example", false},
    [P521] = {"p521", "www.example", false},       [WILD] = {"p256", "*.wild.example", false},
    [RSA_KX] = {"rsa4096", "www.example", true},
};
static struct lurk_certificate list[COUNT];
static struct lurk_x509 leaves[COUNT];
static const struct lurk_certificates all = {list, COUNT};

static lurk_private_key *load_key(const char *name) {
  char path[512];
  struct lurk_octets pem = {NULL, 0};
  lurk_private_key *key = NULL;
  snprintf(path, sizeof path, LURK_TEST_KEYS "/%s.pem", name);
  assert_true(lurk_file_read(path, 65536, &pem, NULL));
  assert_int_equal(lurk_private_key_load(pem.data, pem.len, &key), LURK_OK);
  lurk_octets_clear(&pem);
  return key;
}

static int set_up(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    const uint8_t *spki;
    size_t len;
    lurk_private_key *key = load_key(described[i].key);
    lurk_public_key_spki(lurk_private_key_public(key), &spki, &len);
    assert_int_equal(lurk_public_key_load(spki, len, &list[i].public_key), LURK_OK);
    lurk_private_key_free(key);
    assert_true(
        lurk_x509_add_dns_name(&leaves[i], (const uint8_t *)described[i].name, strlen(described[i].name)));
    list[i].chain = &leaves[i];
    list[i].chain_len = 1;
    list[i].rsa_exchange = described[i].rsa_exchange;
  }
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    lurk_public_key_free(list[i].public_key);
    free(leaves[i].dns_names[0]);
    free(leaves[i].dns_names);
  }
  return 0;
}

static lurk_status choose_with(const struct lurk_groups *groups, const struct hello_parts *parts,
                               const struct lurk_policy *policy, struct lurk_choice *choice) {
  struct lurk_client_hello hello;
  struct lurk_decode_error error;
  const char *why = NULL;
  struct lurk_octets body = hello_body(parts);
  assert_int_equal(lurk_client_hello_decode(body.data, body.len, &hello, &error), LURK_OK);
  lurk_status status = lurk_choose(&all, policy, groups, &hello, choice, &why);
  assert_true(status == LURK_OK || why != NULL);
  lurk_octets_clear(&body);
  return status;
}

static lurk_status choose(const struct hello_parts *parts, const struct lurk_policy *policy,
                          struct lurk_choice *choice) {
  const struct lurk_groups groups = lurk_groups_all();
  return choose_with(&groups, parts, policy, choice);
}

#define NONE (-1)
#define NO_VERSION (-2)
struct row {
  struct hello_parts parts;
  int certificate; /* or why it is refused */
  enum lurk_exchange exchange;
  uint16_t first_scheme;
};

static void check_rows(const struct row *rows, size_t count, const struct lurk_policy *policy) {
  for (size_t i = 0; i < count; i++) {
    struct lurk_choice choice;
    lurk_status status = choose(&rows[i].parts, policy, &choice);
    print_message("row %zu\n", i);
    assert_int_equal(status, rows[i].certificate == NONE         ? LURK_ERR_UNSUPPORTED
                             : rows[i].certificate == NO_VERSION ? LURK_ERR_MISMATCH
                                                                 : LURK_OK);
    if (status != LURK_OK)
      continue;
    assert_int_equal(choice.certificate - list, rows[i].certificate);
    assert_int_equal(choice.exchange, rows[i].exchange);
    assert_int_equal(choice.scheme_count > 0 ? choice.schemes[0]->id : 0, rows[i].first_scheme);
  }
}

static void by_what_the_client_offers(void **state) {
  (void)state;
  static const struct row rows[] = {
      /* TLS 1.3, by the schemes */
      {{.suites = "1301", .versions = "0304", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       P256,
       LURK_EXCHANGE_TLS13,
       0x0403},
      {{.suites = "1301", .versions = "0304", .groups = ALL_GROUPS, .schemes = "0401 0805"},
       RSA,
       LURK_EXCHANGE_TLS13,
       0x0805},
      {{.suites = "1301", .versions = "0304", .groups = ALL_GROUPS, .schemes = "0807"},
       ED25519,
       LURK_EXCHANGE_TLS13,
       0x0807},
      {{.suites = "1301", .versions = "0304", .groups = ALL_GROUPS, .schemes = "0503"},
       P384,
       LURK_EXCHANGE_TLS13,
       0x0503},
      {{.suites = "1301", .versions = "0304", .groups = "001d", .schemes = "0603"},
       P521,
       LURK_EXCHANGE_TLS13,
       0x0603},
      /* PKCS#1 v1.5 alone is no TLS 1.3 scheme: TLS 1.2, where it is offered */
      {{.suites = ALL_SUITES, .versions = "0304 0303", .groups = ALL_GROUPS, .schemes = "0401"},
       RSA,
       LURK_EXCHANGE_ECDHE,
       0x0401},
      {{.suites = ALL_SUITES, .versions = "0304", .groups = ALL_GROUPS, .schemes = "0401"}, NONE, 0, 0},
      /* TLS 1.2, by suites and schemes; PSS cannot be said there */
      {{.suites = "c02b", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES}, P256, LURK_EXCHANGE_ECDHE, 0x0403},
      {{.suites = "c030", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES}, RSA, LURK_EXCHANGE_ECDHE, 0x0401},
      {{.suites = "c02f", .groups = ALL_GROUPS, .schemes = "0804 0805"}, NONE, 0, 0},
      {{.suites = "c02b", .groups = ALL_GROUPS, .schemes = "0503 0401"}, P256, LURK_EXCHANGE_ECDHE, 0x0503},
      {{.suites = "c02b", .groups = ALL_GROUPS, .schemes = "0807"}, ED25519, LURK_EXCHANGE_ECDHE, 0x0807},
      /* RFC 8422 §5.1.1: the groups bind the certificate's curve, too */
      {{.suites = "c02b", .groups = "001d 0018", .schemes = "0403 0503"}, P384, LURK_EXCHANGE_ECDHE, 0x0403},
      {{.suites = "c02b", .schemes = "0403"}, P256, LURK_EXCHANGE_ECDHE, 0x0403},
      /* no signature_algorithms means SHA-1 */
      {{.suites = "c02b c02f", .groups = ALL_GROUPS}, NONE, 0, 0},
      /* static RSA only for who can do nothing else */
      {{.suites = "c02f 009c", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       RSA,
       LURK_EXCHANGE_ECDHE,
       0x0401},
      {{.suites = "009d", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES}, RSA_KX, LURK_EXCHANGE_RSA, 0},
      {{.suites = "009c"}, RSA_KX, LURK_EXCHANGE_RSA, 0},
      {{.suites = "c02b 009c", .groups = "001e", .schemes = ALL_SCHEMES}, RSA_KX, LURK_EXCHANGE_RSA, 0},
      {{.suites = "009e c013 002f", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES}, NONE, 0, 0},
      /* versions */
      {{.version = "0302", .suites = ALL_SUITES, .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       NO_VERSION,
       0,
       0},
      {{.suites = ALL_SUITES, .versions = "0302", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       NO_VERSION,
       0,
       0},
  };
  const struct lurk_policy full = lurk_policy_full();
  check_rows(rows, sizeof rows / sizeof *rows, &full);
}

static void by_server_name(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int certificate;
  } rows[] = {
      {"www.example", P256},      {"a.wild.example", WILD}, {"wild.example", P256},
      {"a.b.wild.example", P256}, {"other.example", P256},  {NULL, P256},
  };
  const struct lurk_policy full = lurk_policy_full();
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_choice choice;
    const struct hello_parts parts = {.suites = ALL_SUITES,
                                      .versions = "0304",
                                      .groups = ALL_GROUPS,
                                      .schemes = ALL_SCHEMES,
                                      .name = rows[i].name};
    assert_int_equal(choose(&parts, &full, &choice), LURK_OK);
    assert_int_equal(choice.certificate - list, rows[i].certificate);
  }
}

/* Plain SKI: TLS 1.2 with PKCS#1 v1.5 and ECDSA, nothing that needs `scheme`. */
static void by_the_groups_of_the_edge(void **state) {
  const struct lurk_policy policy = lurk_policy_full();
  const struct lurk_groups only = {{LURK_GROUP_SECP384R1}, 1};
  const char *const versions[] = {"0304", "0303"};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct lurk_choice choice;
    struct hello_parts parts = {
        .suites = "1301 c02b", .versions = versions[i], .groups = "001d 0018 0017", .schemes = "0403"};
    assert_int_equal(choose_with(&only, &parts, &policy, &choice), LURK_OK);
    assert_ptr_equal(choice.certificate, &list[P256]);
    parts.groups = "001d 0017";
    assert_int_equal(choose_with(&only, &parts, &policy, &choice), LURK_ERR_UNSUPPORTED);
  }
}

static void by_a_plain_key_server(void **state) {
  (void)state;
  static const struct row rows[] = {
      {{.suites = ALL_SUITES, .versions = "0304 0303", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       P256,
       LURK_EXCHANGE_ECDHE,
       0x0403},
      {{.suites = ALL_SUITES, .versions = "0304", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       NO_VERSION,
       0,
       0},
      {{.suites = "c02b", .groups = ALL_GROUPS, .schemes = "0807"}, NONE, 0, 0},
      {{.suites = "009c"}, RSA_KX, LURK_EXCHANGE_RSA, 0},
  };
  const struct lurk_policy plain = lurk_policy_plain();
  check_rows(rows, sizeof rows / sizeof *rows, &plain);
  struct lurk_choice choice;
  assert_int_equal(choose(&rows[0].parts, &plain, &choice), LURK_OK);
  assert_true(choice.without_tls13); /* offered, but not chosen */
}

static void by_what_is_granted(void **state) {
  (void)state;
  uint16_t schemes[] = {0x0807};
  struct lurk_ski_capabilities capabilities = {.schemes = schemes, .scheme_count = 1};
  capabilities.protocols[LURK_SKI_TLS_1_2] = capabilities.protocols[LURK_SKI_TLS_1_3] = true;
  capabilities.methods[LURK_SKI_ECDHE] = true;
  capabilities.hashes[LURK_SKI_SHA384] = true;
  static const struct row rows[] = {
      {{.suites = "1301", .versions = "0304", .groups = ALL_GROUPS, .schemes = ALL_SCHEMES},
       ED25519,
       LURK_EXCHANGE_TLS13,
       0x0807},
      {{.suites = "c02b", .groups = ALL_GROUPS, .schemes = "0403 0503"}, P256, LURK_EXCHANGE_ECDHE, 0x0503},
      {{.suites = "c02f", .groups = ALL_GROUPS, .schemes = "0401 0601"}, NONE, 0, 0},
      {{.suites = "009c"}, NONE, 0, 0}, /* method RSA is not granted */
  };
  struct lurk_policy policy = lurk_policy_granted(&capabilities);
  check_rows(rows, sizeof rows / sizeof *rows, &policy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_what_the_client_offers), cmocka_unit_test(by_server_name),
      cmocka_unit_test(by_the_groups_of_the_edge), cmocka_unit_test(by_a_plain_key_server),
      cmocka_unit_test(by_what_is_granted)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
