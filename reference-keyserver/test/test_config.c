/* Bad configuration files and the line that each of them gets. */
#include "config_file.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "reference-keyserver/config.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct row {
  const char *way, *json, *line; /* line: what follows the file's name */
};

static const struct row syntax[] = {
    {NULL, "", "line 1, column 0: '[' or '{' expected near end of file"},
    {NULL, "{\n \"a\":\n}", "line 3, column 1: unexpected token near '}'"},
    {NULL, "{\"listen\": [], \"listen\": []}", "line 1, column 23: duplicate object key near '\"listen\"'"},
    {NULL, "[]", "must be an object"},
    {"extra", "1", "extra: unknown member"},
    {"li\nsten", "1", "li?sten: unknown member"},
};

static const struct row listen_and_channel[] = {
    {"listen", NULL, "listen: is missing"},
    {"listen", "\"127.0.0.1:0\"", "listen: must be an array"},
    {"listen", "[]", "listen: must name at least one address"},
    {"listen.1", "7", "listen[1]: must be a string"},
    {"listen.0", "\"localhost:443\"",
     "listen[0]: \"localhost:443\" is not ADDRESS:PORT with a numeric address"},
    {"listen.0", "\"127.0.0.1\"", "listen[0]: \"127.0.0.1\" is not ADDRESS:PORT with a numeric address"},
    {"listen.0", "\"127.0.0.1:\"", "listen[0]: \"127.0.0.1:\" is not ADDRESS:PORT with a numeric address"},
    {"listen.0", "\"127.0.0.1:65536\"",
     "listen[0]: \"127.0.0.1:65536\" is not ADDRESS:PORT with a numeric address"},
    {"listen.0", "\"127.0.0.1:1x\"",
     "listen[0]: \"127.0.0.1:1x\" is not ADDRESS:PORT with a numeric address"},
    {"listen.0", "\"::1:443\"", "listen[0]: \"::1:443\" is not ADDRESS:PORT with a numeric address"},
    {"listen.0", "\"[127.0.0.1]:443\"",
     "listen[0]: \"[127.0.0.1]:443\" is not ADDRESS:PORT with a numeric address"},
    {"listen.1", "{\"address\": \"127.0.0.1:0\"}", "listen[1].protocol: is missing"},
    {"listen.1", "{\"protocol\": \"lurk\"}", "listen[1].address: is missing"},
    {"listen.1", "{\"address\": \"127.0.0.1\", \"protocol\": \"lurk\"}",
     "listen[1].address: \"127.0.0.1\" is not ADDRESS:PORT with a numeric address"},
    {"listen.1", "{\"address\": \"127.0.0.1:0\", \"protocol\": \"tls12\"}",
     "listen[1].protocol: \"tls12\" is none of \"ski\", \"lurk\""},
    {"listen.1", "{\"address\": \"127.0.0.1:0\", \"protocol\": \"ski\", \"path\": \"/\"}",
     "listen[1].path: unknown member"},
    {"threads", "0", "threads: 0 is not in 1..256"},
    {"threads", "1.5", "threads: must be an integer"},
    {"channel", NULL, "channel: is missing"},
    {"channel", "[]", "channel: must be an object"},
    {"channel.certificate", NULL, "channel.certificate: is missing"},
    {"channel.key", "\"\"", "channel.key: must not be empty"},
    {"channel.client_ca", "null", "channel.client_ca: must be a string"},
    {"channel.crl", "\"a\\u0000b\"", "channel.crl: holds a NUL character"},
    {"channel.crl", "\"a\\nb\"", "channel.crl: holds a control character"},
    {"channel.ca", "\"ca.pem\"", "channel.ca: unknown member"},
};

static const struct row keys[] = {
    {"keys", NULL, "keys: is missing"},
    {"keys", "{}", "keys: must be an array"},
    {"keys.0", "1", "keys[0]: must be an object"},
    {"keys.0.name", NULL, "keys[0].name: is missing"},
    {"keys.0.file", NULL, "keys[0].file: is missing"},
    {"keys.0.usage", NULL, "keys[0].usage: is missing"},
    {"keys.2.usage", "\"rsa\"",
     "keys[2].usage: \"rsa\" is none of \"ski-ecdhe\", \"ski-rsa\", \"tls12-rsa\", \"tls12-sign\""},
    {"keys.0.usage", "[\"ski-ecdhe\", \"ski-rsa\"]", "keys[0].usage: must be a string"},
    {"keys.1.name", "\"p256\"", "keys[1].name: \"p256\" is the name of keys[0] already"},
    {"keys.2.dtls", "true", "keys[2].dtls: is for keys of usage tls12-rsa"},
    {"keys.1.passphrase", "\"x\"", "keys[1].passphrase: unknown member"},
};

static const struct row edges[] = {
    {"edges", NULL, "edges: is missing"},
    {"edges.0.identity", NULL, "edges[0].identity: is missing"},
    {"edges.0.identity", "\"edge-a\"", "edges[0].identity: must begin with \"uri:\", \"dns:\" or \"spki:\""},
    {"edges.0.identity", "\"cn:edge-a\"",
     "edges[0].identity: must begin with \"uri:\", \"dns:\" or \"spki:\""},
    {"edges.0.identity", "\"uri:\"", "edges[0].identity: holds no URI after \"uri:\""},
    {"edges.0.identity", "\"dns:*.example\"",
     "edges[0].identity: must be a DNS name in lower case, without wildcard, after \"dns:\""},
    {"edges.0.identity", "\"dns:Edge.example\"",
     "edges[0].identity: must be a DNS name in lower case, without wildcard, after \"dns:\""},
    {"edges.0.identity", "\"spki:AAECAw==\"",
     "edges[0].identity: must be the base64 of 32 octets after \"spki:\""},
    {"edges.0.identity", "\"spki:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\"",
     "edges[0].identity: must be the base64 of 32 octets after \"spki:\""},
    {"edges.1.identity", "\"uri:urn:example:edge-a\"",
     "edges[1].identity: \"uri:urn:example:edge-a\" is the identity of edges[0] already"},
    {"edges.1.grants", NULL, "edges[1].grants: is missing"},
    {"edges.1.grants", "[]", "edges[1].grants: must not be empty"},
    {"edges.1.grants.0.key", "\"none\"", "edges[1].grants[0].key: \"none\" is not the name of a key"},
    {"edges.0.grants.1.key", "\"p256\"", "edges[0].grants[1]: key \"p256\" is granted to this edge twice"},
    {"edges.1.grants.0.methods", "[]", "edges[1].grants[0].methods: must not be empty"},
    {"edges.1.grants.0.methods", "[\"DHE\"]",
     "edges[1].grants[0].methods[0]: \"DHE\" is none of \"ECDHE\", \"RSA\""},
    {"edges.1.grants.0.methods", "[\"ECDHE\", \"RSA\"]",
     "edges[1].grants[0]: methods: key \"p384\" has usage ski-ecdhe"},
    {"edges.0.grants.2.methods", "[\"ECDHE\"]",
     "edges[0].grants[2]: methods: key \"rsa-kx\" has usage ski-rsa"},
    {"edges.0.grants.2.protocols", "[\"TLS 1.3\"]",
     "edges[0].grants[2]: protocols: TLS 1.3 has no method RSA"},
    {"edges.1.grants.0.protocols", "[\"TLS 1.1\"]",
     "edges[1].grants[0].protocols[0]: \"TLS 1.1\" is none of \"TLS 1.2\", \"DTLS 1.2\", \"TLS 1.3\""},
    {"edges.1.grants.0.types", "[\"ecdhe\"]",
     "edges[1].grants[0].types: means nothing for key \"p384\" of usage ski-ecdhe"},
    {"edges.0.rate.per_second", NULL, "edges[0].rate.per_second: is missing"},
    {"edges.0.rate.per_second", "0", "edges[0].rate.per_second: 0 is not in 1..1000000"},
    {"edges.0.rate.burst", "-1", "edges[0].rate.burst: -1 is not in 1..1000000"},
    {"edges.0.addresses", "[]", "edges[0].addresses: must not be empty; leave it out to allow every address"},
    {"edges.0.addresses.0", "\"localhost\"", "edges[0].addresses[0]: \"localhost\" is not a numeric address"},
    {"edges.0.address", "\"127.0.0.1\"", "edges[0].address: unknown member"},
};

/* Changes of the good file with key p384, which edge b alone is granted, as a key for LURK. */
static const struct row lurk_rights[] = {
    {"methods", "[\"ECDHE\"]", "methods: means nothing for key \"p384\" of usage tls12-sign"},
    {"protocols", "[\"TLS 1.2\"]", "protocols: means nothing for key \"p384\" of usage tls12-sign"},
    {"types", "[]", "types: must not be empty"},
    {"types", "[\"ping\"]",
     "types[0]: \"ping\" is none of \"rsa_master\", \"rsa_master_with_poh\", \"rsa_extended_master\", "
     "\"rsa_extended_master_with_poh\", \"ecdhe\""},
};

static const struct row rest[] = {
    {"limits.connections", "0", "limits.connections: 0 is not in 1..1000000"},
    {"limits.connections", "\"10\"", "limits.connections: must be an integer"},
    {"limits.body_octets", "4294967296", "limits.body_octets: 4294967296 is not in 256..1048576"},
    {"limits.header_octets", "100", "limits.header_octets: 100 is not in 256..65536"},
    {"limits.body_ms", "3600001", "limits.body_ms: 3600001 is not in 1..3600000"},
    {"limits.conections", "10", "limits.conections: unknown member"},
    {"ski.path", "\"ski\"", "ski.path: must be an absolute path without query"},
    {"ski.path", "\"/ski?a\"", "ski.path: must be an absolute path without query"},
    {"ski.path", "\"/ping\"", "ski.path: /ping is taken already"},
    {"ski.keyserver_dialect", "1", "ski.keyserver_dialect: must be true or false"},
    {"ski.replay_window_seconds", "86401", "ski.replay_window_seconds: 86401 is not in 0..86400"},
    {"lurk", "[]", "lurk: must be an object"},
    {"lurk", "{\"window\": 1}", "lurk.window: unknown member"},
    {"lurk", "{\"time_window_seconds\": 0}", "lurk.time_window_seconds: 0 is not in 1..86400"},
    {"lurk", "{\"replay_window_seconds\": -1}", "lurk.replay_window_seconds: -1 is not in 0..86400"},
    {"lurk", "{\"message_octets\": 1023}", "lurk.message_octets: 1023 is not in 1024..1048576"},
    {"lurk", "{\"proof_of_ownership\": \"null\"}",
     "lurk.proof_of_ownership: \"null\" is none of \"optional\", \"required\""},
    {"lurk", "{\"length_counts_header\": 0}", "lurk.length_counts_header: must be true or false"},
    {"audit_log", NULL, "audit_log: is missing"},
    {"audit_log", "false", "audit_log: must be a string"},
};

static void check_rows(const struct row *rows, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *file = config_file_write(rows[i].way, rows[i].json);
    struct lurk_config config;
    char why[512], expected[512];
    assert_false(lurk_config_load(file, &config, why, sizeof why));
    snprintf(expected, sizeof expected, "%s: %s", file, rows[i].line);
    assert_string_equal(why, expected);
    assert_null(config.listen);
  }
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void bad_files_get_their_line(void **state) {
  (void)state;
  CHECK_ROWS(syntax);
  CHECK_ROWS(listen_and_channel);
  CHECK_ROWS(keys);
  CHECK_ROWS(edges);
  CHECK_ROWS(rest);
}

/* The good file with another usage for key p384, and one member of edge b's grant for it. */
static const char *write_lurk_file(const char *member, const char *json) {
  static char text[65536];
  FILE *file = fopen(config_file_write("keys.4.usage", "\"tls12-sign\""), "r");
  assert_non_null(file);
  json_t *root = json_loadf(file, 0, NULL);
  fclose(file);
  json_t *edge = json_array_get(json_object_get(root, "edges"), 1);
  json_t *grant = json_array_get(json_object_get(edge, "grants"), 0);
  assert_int_equal(json_object_clear(grant) | json_object_set_new(grant, "key", json_string("p384")), 0);
  if (member != NULL)
    assert_int_equal(json_object_set_new(grant, member, json_loads(json, 0, NULL)), 0);
  size_t len = json_dumpb(root, text, sizeof text - 1, 0);
  assert_true(len < sizeof text);
  text[len] = '\0';
  json_decref(root);
  return config_file_write(NULL, text);
}

static void bad_rights_for_lurk_get_their_line(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof lurk_rights / sizeof *lurk_rights; i++) {
    const char *file = write_lurk_file(lurk_rights[i].way, lurk_rights[i].json);
    struct lurk_config config;
    char why[512], expected[512];
    assert_false(lurk_config_load(file, &config, why, sizeof why));
    snprintf(expected, sizeof expected, "%s: edges[1].grants[0].%s", file, lurk_rights[i].line);
    assert_string_equal(why, expected);
  }
}

static void rights_for_lurk_are_read(void **state) {
  (void)state;
  struct lurk_config config;
  char why[512];
  for (int i = 0; i < 2; i++) {
    const char *file = write_lurk_file(i == 0 ? NULL : "types", "[\"ecdhe\"]");
    assert_true(lurk_config_load(file, &config, why, sizeof why));
    const struct lurk_config_grant *grant = &config.edges[1].grants[0];
    assert_int_equal(config.keys[4].usage, LURK_USAGE_TLS12_SIGN);
    assert_int_equal(grant->types, 1u << LURK_TLS12_ECDHE);
    assert_int_equal(grant->methods, 0);
    assert_int_equal(grant->protocols, 0);
    lurk_config_clear(&config);
  }
}

static void listeners_have_protocols(void **state) {
  (void)state;
  struct lurk_config config;
  char why[512];
  assert_true(
      lurk_config_load(config_file_write("listen.1", "{\"address\": \"[::1]:9\", \"protocol\": \"lurk\"}"),
                       &config, why, sizeof why));
  assert_int_equal(config.listen[0].protocol, LURK_LISTEN_SKI);
  assert_int_equal(config.listen[1].protocol, LURK_LISTEN_LURK);
  assert_string_equal(config.listen[1].address, "[::1]:9");
  lurk_config_clear(&config);
}

static void missing_file_gets_its_line(void **state) {
  (void)state;
  struct lurk_config config;
  char why[512];
  assert_false(lurk_config_load("no/such/file.json", &config, why, sizeof why));
  assert_string_equal(why, "no/such/file.json: cannot be read: unable to open no/such/file.json: "
                           "No such file or directory");
}

static void short_buffer_cuts_the_line(void **state) {
  (void)state;
  struct lurk_config config;
  char why[8];
  memset(why, 'x', sizeof why);
  assert_false(lurk_config_load(config_file_write("extra", "1"), &config, why, sizeof why));
  assert_string_equal(why, "config-");
}

static void good_file_is_read(void **state) {
  (void)state;
  struct lurk_config config;
  char why[512];
  assert_true(lurk_config_load(config_file_write(NULL, NULL), &config, why, sizeof why));
  assert_string_equal(why, "");
  assert_int_equal(config.listen_count, 2);
  assert_string_equal(config.listen[1].address, "[::1]:0");
  assert_int_equal(config.threads, 2);
  assert_string_equal(config.channel.crl, "crl.pem");
  assert_int_equal(config.key_count, 5);
  assert_int_equal(config.keys[2].usage, LURK_USAGE_SKI_RSA);
  assert_null(config.keys[2].certificate);
  assert_int_equal(config.edge_count, 3);
  const struct lurk_config_edge *a = &config.edges[0], *b = &config.edges[1], *pinned = &config.edges[2];
  assert_string_equal(a->identity.name, "urn:example:edge-a");
  assert_int_equal(a->grants[0].methods, 1u << LURK_SKI_ECDHE);
  assert_int_equal(a->grants[0].protocols,
                   1u << LURK_SKI_TLS_1_2 | 1u << LURK_SKI_DTLS_1_2 | 1u << LURK_SKI_TLS_1_3);
  assert_int_equal(a->grants[2].methods, 1u << LURK_SKI_RSA);
  assert_int_equal(a->grants[2].protocols, 1u << LURK_SKI_TLS_1_2 | 1u << LURK_SKI_DTLS_1_2);
  assert_int_equal(a->rate.per_second, 500);
  assert_int_equal(a->rate.burst, 1000);
  assert_int_equal(a->address_count, 2);
  assert_int_equal(b->grants[0].protocols, 1u << LURK_SKI_TLS_1_2);
  assert_int_equal(b->rate.per_second, 0);
  assert_int_equal(pinned->identity.kind, LURK_IDENTITY_SPKI);
  assert_int_equal(pinned->identity.spki[31], 31);
  assert_int_equal(config.limits.connections, 10);
  assert_int_equal(config.limits.body_octets, 16384);
  assert_int_equal(config.limits.refused_per_minute, 100);
  assert_true(config.ski.keyserver_dialect);
  assert_int_equal(config.ski.replay_window_seconds, 60);
  lurk_config_clear(&config);
}

static void defaults_are_filled_in(void **state) {
  (void)state;
  struct lurk_config config;
  char why[512];
  assert_true(lurk_config_load(config_file_write("ski", NULL), &config, why, sizeof why));
  assert_string_equal(config.ski.path, "/ski");
  assert_false(config.ski.keyserver_dialect);
  assert_int_equal(config.ski.replay_window_seconds, 0);
  assert_int_equal(config.lurk.time_window_seconds, 60);
  assert_int_equal(config.lurk.replay_window_seconds, 120);
  assert_int_equal(config.lurk.message_octets, 65536);
  assert_true(config.lurk.proof_required && config.lurk.length_counts_header);
  lurk_config_clear(&config);
  assert_true(lurk_config_load(config_file_write("lurk", "{\"time_window_seconds\": 86400,"
                                                         " \"replay_window_seconds\": 0,"
                                                         " \"proof_of_ownership\": \"optional\","
                                                         " \"message_octets\": 1024,"
                                                         " \"length_counts_header\": false}"),
                               &config, why, sizeof why));
  assert_int_equal(config.lurk.time_window_seconds, 86400);
  assert_int_equal(config.lurk.replay_window_seconds, 0);
  assert_int_equal(config.lurk.message_octets, 1024);
  assert_true(!config.lurk.proof_required && !config.lurk.length_counts_header);
  lurk_config_clear(&config);
  assert_true(lurk_config_load(config_file_write("threads", NULL), &config, why, sizeof why));
  assert_true(config.threads >= 1);
  lurk_config_clear(&config);
  assert_true(lurk_config_load(config_file_write("edges.0.rate.burst", NULL), &config, why, sizeof why));
  assert_int_equal(config.edges[0].rate.burst, 500);
  lurk_config_clear(&config);
}

static void relative_paths_begin_at_the_file(void **state) {
  (void)state;
  struct lurk_config config;
  char why[512], file[64];
  snprintf(file, sizeof file, "./%s", config_file_write(NULL, NULL));
  assert_true(lurk_config_load(file, &config, why, sizeof why));
  assert_string_equal(config.channel.certificate, "./ks.pem");
  assert_string_equal(config.audit_log, "./audit.jsonl");
  assert_int_equal(config.keys[0].file[0], '/');
  lurk_config_clear(&config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_files_get_their_line),           cmocka_unit_test(missing_file_gets_its_line),
      cmocka_unit_test(short_buffer_cuts_the_line),         cmocka_unit_test(good_file_is_read),
      cmocka_unit_test(bad_rights_for_lurk_get_their_line), cmocka_unit_test(rights_for_lurk_are_read),
      cmocka_unit_test(listeners_have_protocols),           cmocka_unit_test(defaults_are_filled_in),
      cmocka_unit_test(relative_paths_begin_at_the_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
