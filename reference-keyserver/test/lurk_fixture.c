#include "lurk_fixture.h"

#include "config_file.h"
#include "lurk/tls/freshness.h"
#include "lurk/wire/test/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

#define KEYS LURK_TEST_KEYS "/"

static const char configuration[] =
    "{ \"listen\": [{\"address\": \"127.0.0.1:0\", \"protocol\": \"lurk\"}],"
    "  \"channel\": {\"certificate\": \"ks.pem\", \"key\": \"ks.key\", \"client_ca\": \"ca.pem\"},"
    "  \"keys\": ["
    "    {\"name\": \"p256\", \"file\": \"" KEYS "p256.pem\", \"usage\": \"tls12-sign\"},"
    "    {\"name\": \"rsa\", \"file\": \"" KEYS "rsa2048.pem\", \"usage\": \"tls12-sign\"},"
    "    {\"name\": \"rsa-kx\", \"file\": \"" KEYS "rsa4096.pem\", \"usage\": \"tls12-rsa\"},"
    "    {\"name\": \"rsa-dtls\", \"file\": \"" KEYS
    "rsa2050.pem\", \"usage\": \"tls12-rsa\", \"dtls\": true},"
    "    {\"name\": \"ed25519\", \"file\": \"" KEYS "ed25519.pem\", \"usage\": \"tls12-sign\"},"
    "    {\"name\": \"p384\", \"file\": \"" KEYS "p384.pem\", \"usage\": \"tls12-sign\"},"
    "    {\"name\": \"ski\", \"file\": \"" KEYS "rsa2048-exponent-3.pem\", \"usage\": \"ski-rsa\"},"
    "    {\"name\": \"p521\", \"file\": \"" KEYS "p521.pem\", \"usage\": \"tls12-sign\"}],"
    "  \"edges\": ["
    "    {\"identity\": \"uri:a\", \"grants\": [{\"key\": \"p256\"}, {\"key\": \"rsa\"}, {\"key\": "
    "\"rsa-kx\"},"
    "      {\"key\": \"rsa-dtls\"}, {\"key\": \"ed25519\"}, {\"key\": \"ski\"}]},"
    "    {\"identity\": \"uri:b\", \"grants\": [{\"key\": \"p384\"}, {\"key\": \"p521\"},"
    "      {\"key\": \"rsa-kx\", \"types\": [\"rsa_master\"]}]},"
    "    {\"identity\": \"uri:ski-only\", \"grants\": [{\"key\": \"ski\"}]}],"
    "  \"audit_log\": \"audit.jsonl\" }";

int lab_setup(void **state) {
  static const uint8_t no_channel[32];
  struct lab *lab = calloc(1, sizeof *lab);
  char why[512];
  assert_non_null(lab);
  assert_true(lurk_config_load(config_file_write(NULL, configuration), &lab->config, why, sizeof why));
  assert_true(lurk_key_store_load(&lab->config, "F", no_channel, NULL, &lab->keys, why, sizeof why));
  lab->activities = lurk_activity_table_new();
  assert_true(lurk_authorisation_build(&lab->config, &lab->keys, lab->activities, &lab->authorisation, why,
                                       sizeof why));
  for (size_t i = 0; i < lab->authorisation.count; i++) {
    const struct lurk_edge *edge = &lab->authorisation.edges[i];
    const struct lurk_edge **slots[] = {&lab->a, &lab->b, &lab->ski_only};
    *slots[edge->config - lab->config.edges] = edge;
  }
  lab->now_ns = UINT64_C(1000000000000);
  lab->vectors = json_load_file(LURK_TEST_KEYS "/../vectors.json", 0, NULL);
  assert_non_null(lab->vectors);
  *state = lab;
  return 0;
}

int lab_reset(void **state) {
  struct lab *lab = *state;
  lurk_watch_free(lab->watch);
  lab->watch = lurk_watch_new();
  assert_non_null(lab->watch);
  lab->policy = lab->config.lurk;
  lab->now = 1700000000;
  for (size_t i = 0; i < lab->keys.count; i++) {
    lab->keys.keys[i].has_certificate = false;
    lab->keys.keys[i].not_before = lab->keys.keys[i].not_after = 0;
  }
  return 0;
}

int lab_teardown(void **state) {
  struct lab *lab = *state;
  json_decref(lab->vectors);
  lurk_watch_free(lab->watch);
  lurk_authorisation_clear(&lab->authorisation);
  lurk_activity_table_free(lab->activities);
  lurk_key_store_clear(&lab->keys);
  lurk_config_clear(&lab->config);
  free(lab);
  return 0;
}

struct lurk_octets lab_octets(const json_t *vector, const char *member) {
  const char *hex = json_string_value(json_object_get(vector, member));
  struct lurk_octets octets = {0};
  assert_non_null(hex);
  assert_true(lurk_octets_alloc(&octets, strlen(hex) / 2));
  for (size_t i = 0; i < octets.len; i++) {
    const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
    octets.data[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
  return octets;
}

void lab_s(const struct lab *lab, int64_t offset, uint8_t s[LURK_RANDOM_LEN]) {
  assert_int_equal(lurk_freshness_new(lab->now + offset, s), LURK_OK);
}

/* --- asking --- */

struct lab_answer lab_ask(struct lab *lab, const struct lurk_edge *edge, struct lurk_header header,
                          const uint8_t *payload, size_t len) {
  header.payload_len = (uint32_t)len;
  const struct lurk_call call = {.edge = edge,
                                 .view = &edge->view,
                                 .config = &lab->policy,
                                 .request = &header,
                                 .payload = payload,
                                 .watch = lab->watch,
                                 .now = lab->now,
                                 .now_ns = lab->now_ns};
  struct lurk_reply reply = {0};
  struct lab_answer answer;
  lurk_call_answer(&call, &answer.record, &reply);
  answer.header = reply.header;
  answer.payload = reply.payload;
  assert_int_equal(answer.header.id, header.id);
  assert_int_equal(answer.header.type, header.type);
  assert_int_equal(answer.header.version, answer.record.base ? 1 : header.version);
  assert_int_equal(answer.header.designation, answer.record.base ? 0 : header.designation);
  assert_int_equal(answer.header.status, answer.record.status);
  assert_int_equal(answer.record.served, answer.record.status == LURK_MESSAGE_SUCCESS);
  assert_int_equal(answer.record.served, answer.record.cause == NULL);
  assert_false(reply.close);
  return answer;
}

struct lab_answer lab_ask_tls12(struct lab *lab, const struct lurk_edge *edge, uint8_t type,
                                const struct lurk_octets *payload) {
  const struct lurk_header header = {
      .designation = LURK_DESIGNATION_TLS12, .version = 1, .type = type, .id = 0x0123456789abcdef};
  return lab_ask(lab, edge, header, payload->data, payload->len);
}

void lab_clear(struct lab_answer *answer) {
  lurk_octets_clear(&answer->payload);
}

void lab_expect_base(struct lab *lab, const struct lurk_edge *edge, struct lurk_header header,
                     const struct lurk_octets *payload, enum lurk_base_status status) {
  struct lab_answer answer = lab_ask(lab, edge, header, payload->data, payload->len);
  assert_true(answer.record.base);
  assert_int_equal(answer.header.status, status);
  assert_int_equal(answer.payload.len, LURK_STATE_LEN);
  assert_memory_equal(answer.payload.data, edge->view.base_state, LURK_STATE_LEN);
  lab_clear(&answer);
}

void lab_expect(struct lab *lab, const struct lurk_edge *edge, uint8_t type,
                const struct lurk_octets *payload, enum lurk_tls12_status status) {
  struct lab_answer answer = lab_ask_tls12(lab, edge, type, payload);
  assert_false(answer.record.base);
  assert_int_equal(answer.header.status, status);
  if (status != LURK_TLS12_SUCCESS) {
    assert_int_equal(answer.payload.len, LURK_STATE_LEN);
    assert_memory_equal(answer.payload.data, edge->view.tls12_state, LURK_STATE_LEN);
  }
  lab_clear(&answer);
}
