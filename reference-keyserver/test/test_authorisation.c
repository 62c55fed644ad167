/* Which edge a peer is, what it may see, and the audit event of what it asked. */
#include "lurk/wire/test/cmocka_all.h"
#include "reference-keyserver/request_log.h"
#include "service_fixture.h"
#include <jansson.h>
#include <string.h>

static struct in6_addr address_of(const char *text) {
  struct in6_addr address;
  assert_true(lurk_address_parse(text, &address));
  return address;
}

static enum lurk_edge_match find(const struct service *service, struct lurk_peer peer, const char *address,
                                 const struct lurk_edge **edge) {
  struct in6_addr numeric;
  bool is_numeric = lurk_address_parse(address, &numeric);
  peer.authenticated = true;
  return lurk_authorisation_find(&service->authorisation, &peer, is_numeric ? &numeric : NULL, edge);
}

static char uri_a[] = "urn:example:edge-a", uri_x[] = "urn:example:edge-x", dns_b[] = "edge-b.example";

static void names_find_edges(void **state) {
  const struct service *service = *state;
  const struct lurk_edge *edge;
  char *uris[] = {uri_x, uri_a}, *names[] = {dns_b};
  assert_int_equal(find(service, (struct lurk_peer){.uris = uris, .uri_count = 2}, "127.0.0.1", &edge),
                   LURK_EDGE_FOUND);
  assert_ptr_equal(edge, service->a);
  assert_int_equal(
      find(service, (struct lurk_peer){.dns_names = names, .dns_name_count = 1}, "192.0.2.1", &edge),
      LURK_EDGE_FOUND);
  assert_ptr_equal(edge, service->b);
  struct lurk_peer pinned = {0};
  for (uint8_t i = 0; i < 32; i++)
    pinned.spki[i] = i;
  assert_int_equal(find(service, pinned, "127.0.0.1", &edge), LURK_EDGE_FOUND);
  assert_ptr_equal(edge, service->pinned);
}

static void kinds_of_names_are_kept_apart(void **state) {
  const struct service *service = *state;
  const struct lurk_edge *edge;
  char *uris[] = {dns_b}, *names[] = {uri_a};
  const struct lurk_peer peer = {.uris = uris, .uri_count = 1, .dns_names = names, .dns_name_count = 1};
  assert_int_equal(find(service, peer, "127.0.0.1", &edge), LURK_EDGE_UNKNOWN);
  assert_null(edge);
}

static void two_edges_are_none(void **state) {
  const struct service *service = *state;
  const struct lurk_edge *edge;
  char *uris[] = {uri_a}, *names[] = {dns_b};
  const struct lurk_peer peer = {.uris = uris, .uri_count = 1, .dns_names = names, .dns_name_count = 1};
  assert_int_equal(find(service, peer, "127.0.0.1", &edge), LURK_EDGE_AMBIGUOUS);
  assert_null(edge);
}

static void addresses_bind(void **state) {
  const struct service *service = *state;
  const struct lurk_edge *edge;
  char *uris[] = {uri_a};
  const struct lurk_peer peer = {.uris = uris, .uri_count = 1};
  assert_int_equal(find(service, peer, "::1", &edge), LURK_EDGE_FOUND);
  assert_int_equal(find(service, peer, "::ffff:127.0.0.1", &edge), LURK_EDGE_FOUND);
  assert_int_equal(find(service, peer, "127.0.0.2", &edge), LURK_EDGE_ELSEWHERE);
  assert_null(edge);
  assert_int_equal(find(service, peer, "fe80::1%eth0", &edge), LURK_EDGE_ELSEWHERE);
}

static void peers_without_certificate_are_no_edge(void **state) {
  const struct service *service = *state;
  const struct lurk_edge *edge;
  struct in6_addr here = address_of("127.0.0.1");
  char *uris[] = {uri_a};
  const struct lurk_peer peer = {.uris = uris, .uri_count = 1, .authenticated = false};
  assert_int_equal(lurk_authorisation_find(&service->authorisation, &peer, &here, &edge), LURK_EDGE_UNKNOWN);
  assert_null(edge);
}

static void capabilities_are_the_edges_own(void **state) {
  struct service *service = *state;
  struct lurk_octets of_a = {0}, of_b = {0};
  struct lurk_ski_capabilities a, b;
  struct lurk_decode_error error;
  assert_int_equal(lurk_ski_capabilities_answer(service->a, LURK_SKI_CBOR, 0, &of_a), LURK_OK);
  assert_int_equal(lurk_ski_capabilities_answer(service->b, LURK_SKI_JSON, 0, &of_b), LURK_OK);
  assert_int_equal(lurk_ski_capabilities_decode(LURK_SKI_CBOR, of_a.data, of_a.len, &a, &error), LURK_OK);
  assert_int_equal(lurk_ski_capabilities_decode(LURK_SKI_JSON, of_b.data, of_b.len, &b, &error), LURK_OK);
  assert_int_equal(a.key_count, 4);
  assert_true(a.methods[LURK_SKI_ECDHE] && a.methods[LURK_SKI_RSA] && a.protocols[LURK_SKI_TLS_1_3]);
  assert_int_equal(b.key_count, 1);
  assert_memory_equal(b.keys[0], service->keys.keys[KEY_P384].spki, LURK_SKI_FINGERPRINT_LEN);
  assert_true(b.protocols[LURK_SKI_TLS_1_2] && !b.protocols[LURK_SKI_DTLS_1_2] &&
              !b.protocols[LURK_SKI_TLS_1_3]);
  assert_true(!b.methods[LURK_SKI_RSA] && b.formats[LURK_SKI_CBOR]);
  assert_false(a.hashes[LURK_SKI_SHA224]);
  static const uint16_t schemes_of_b[] = {0x0403, 0x0503, 0x0603}; /* TLS 1.2 does not bind them to curves */
  assert_int_equal(b.scheme_count, 3);
  assert_memory_equal(b.schemes, schemes_of_b, sizeof schemes_of_b);
  assert_memory_not_equal(a.state, b.state, LURK_SKI_STATE_LEN);
  lurk_ski_capabilities_clear(&a);
  lurk_ski_capabilities_clear(&b);
  lurk_octets_clear(&of_a);
  lurk_octets_clear(&of_b);
}

static void read_state(const struct lurk_edge *edge, enum lurk_ski_format format, time_t now, size_t keys,
                       uint8_t state[LURK_SKI_STATE_LEN]) {
  struct lurk_octets encoded = {0};
  struct lurk_ski_capabilities capabilities;
  struct lurk_decode_error error;
  assert_int_equal(lurk_ski_capabilities_answer(edge, format, now, &encoded), LURK_OK);
  assert_int_equal(lurk_ski_capabilities_decode(format, encoded.data, encoded.len, &capabilities, &error),
                   LURK_OK);
  assert_int_equal(capabilities.key_count, keys);
  memcpy(state, capabilities.state, LURK_SKI_STATE_LEN);
  lurk_ski_capabilities_clear(&capabilities);
  lurk_octets_clear(&encoded);
}

static void state_follows_what_may_be_used(void **state) {
  struct service *service = *state;
  uint8_t before[LURK_SKI_STATE_LEN], again[LURK_SKI_STATE_LEN], after[LURK_SKI_STATE_LEN];
  struct lurk_served_key *key = &service->keys.keys[KEY_P256];
  key->has_certificate = true;
  key->not_after = 1000;
  read_state(service->a, LURK_SKI_JSON, 1000, 4, before);
  read_state(service->a, LURK_SKI_CBOR, 999, 4, again);
  assert_memory_equal(before, again, sizeof before);
  read_state(service->a, LURK_SKI_JSON, 1001, 3, after);
  assert_memory_not_equal(before, after, sizeof before);
}

/* --- audit event --- */

/* The line read back: one line of ASCII without control characters. */
static json_t *line_of(const struct lurk_request_event *event) {
  static struct lurk_audit_line line;
  json_error_t error;
  assert_true(lurk_request_line(event, &line));
  assert_int_equal(line.text[line.len - 1], '\n');
  for (size_t i = 0; i + 1 < line.len; i++)
    assert_in_range(line.text[i], ' ', '~');
  json_t *object = json_loadb(line.text, line.len, JSON_REJECT_DUPLICATES, &error);
  assert_non_null(object);
  return object;
}

static void events_hold_no_input_or_output(void **state) {
  const struct service *service = *state;
  struct lurk_request_event event = {.number = 7,
                                     .edge = "uri:urn:example:edge-a",
                                     .address = "127.0.0.1",
                                     .operation = "ski",
                                     .format = "application/json",
                                     .verdict = LURK_VERDICT_SERVED,
                                     .status = 200,
                                     .began_ns = 1000,
                                     .ended_ns = 6000};
  struct lurk_ski_request request = service_ecdhe_request(service, KEY_P256);
  struct lurk_ski_response response = service_answer(&service->call, &request, &event.ski);
  json_t *object = line_of(&event);
  static const char *const members[] = {"time",      "event",  "number", "edge",    "address",
                                        "operation", "format", "status", "verdict", "protocol",
                                        "method",    "hash",   "key",    "spki",    "duration_us"};
  assert_int_equal(json_object_size(object), sizeof members / sizeof *members);
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    assert_non_null(json_object_get(object, members[i]));
  assert_string_equal(json_string_value(json_object_get(object, "key")), "p256");
  assert_int_equal(json_integer_value(json_object_get(object, "duration_us")), 5);
  json_decref(object);
  lurk_ski_response_clear(&response);
  lurk_ski_request_clear(&request);
}

static void strangers_are_named_without_trust(void **state) {
  (void)state;
  char evil[] = "urn:\n{\"event\":\"start\"}\xff", *uris[] = {evil};
  const struct lurk_peer peer = {.uris = uris, .uri_count = 1};
  struct lurk_request_event event = {.peer = &peer,
                                     .address = "127.0.0.1",
                                     .operation = "other",
                                     .format = "application/json",
                                     .verdict = "request denied",
                                     .cause = "no edge",
                                     .status = 403};
  json_t *object = line_of(&event);
  assert_true(json_is_null(json_object_get(object, "edge")));
  assert_string_equal(json_string_value(json_array_get(json_object_get(object, "peer_names"), 0)),
                      "urn:\n{\"event\":\"start\"}?");
  json_decref(object);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, service_setup, service_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(names_find_edges),
      TEST(kinds_of_names_are_kept_apart),
      TEST(two_edges_are_none),
      TEST(addresses_bind),
      TEST(peers_without_certificate_are_no_edge),
      TEST(capabilities_are_the_edges_own),
      TEST(state_follows_what_may_be_used),
      TEST(events_hold_no_input_or_output),
      TEST(strangers_are_named_without_trust),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
