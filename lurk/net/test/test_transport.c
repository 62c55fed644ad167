/* Buffer, transport and peer names: what all TLS libraries share below the channel. */
#include "lurk/net/peer.h"
#include "lurk/net/transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_buffer_keeps_order(void **state) {
  (void)state;
  struct lurk_buffer buffer = {0};
  uint8_t next_in = 0, next_out = 0;
  srand(1);
  for (int round = 0; round < 2000; round++) {
    uint8_t octets[700];
    size_t len = (size_t)rand() % sizeof octets;
    for (size_t i = 0; i < len; i++)
      octets[i] = next_in++;
    assert_true(lurk_buffer_append(&buffer, octets, len));
    size_t take = buffer.len == 0 ? 0 : (size_t)rand() % (buffer.len + 1);
    for (size_t i = 0; i < take; i++)
      assert_int_equal(lurk_buffer_data(&buffer)[i], next_out++);
    lurk_buffer_consume(&buffer, take);
  }
  lurk_buffer_consume(&buffer, buffer.len);
  assert_null(buffer.block); /* an empty one holds no memory */
}

static void feed(struct lurk_transport *transport, const void *data, size_t len) {
  assert_int_equal(lurk_transport_feed(transport, data, len), LURK_OK);
}

static void test_pull_stops_at_records(void **state) {
  (void)state;
  struct lurk_transport transport = {0};
  static const uint8_t records[] = "\x16\x03\x01\x00\x03"
                                   "abc"
                                   "\x17\x03\x03\x00\x00"
                                   "\x17\x03\x03\x00\x01"
                                   "z";
  static const ptrdiff_t expected[] = {5, 3, 5, 5, 1, 0};
  uint8_t data[64];
  feed(&transport, records, sizeof records - 1);
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
    assert_int_equal(lurk_transport_pull(&transport, data, sizeof data), expected[i]);
  lurk_transport_clear(&transport);
}

static void test_barren_records_end_it(void **state) {
  (void)state;
  struct lurk_transport transport = {0};
  static const uint8_t empty[] = {23, 3, 3, 0, 0};
  uint8_t data[8];
  for (int i = 0; i < 2 * LURK_BARREN_RECORDS; i++) { /* within the handshake they do not count */
    feed(&transport, empty, sizeof empty);
    assert_int_equal(lurk_transport_pull(&transport, data, sizeof data), 5);
  }
  lurk_transport_fruitful(&transport);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < LURK_BARREN_RECORDS; i++) {
      feed(&transport, empty, sizeof empty);
      assert_int_equal(lurk_transport_pull(&transport, data, sizeof data), 5);
    }
    if (round < 2)
      lurk_transport_fruitful(&transport);
  }
  assert_null(transport.fault);
  feed(&transport, empty, sizeof empty);
  assert_int_equal(lurk_transport_pull(&transport, data, sizeof data), 5);
  assert_int_equal(lurk_transport_pull(&transport, data, sizeof data), -1);
  assert_string_equal(transport.fault, "too many records without data");
  lurk_transport_clear(&transport);
}

static void expect_refused(uint8_t first, uint8_t alert) {
  struct lurk_transport transport = {.server = true};
  assert_int_equal(lurk_transport_feed(&transport, &first, 1), LURK_ERR_MALFORMED);
  assert_non_null(transport.fault);
  assert_int_equal(transport.out.len, 7);
  assert_int_equal(lurk_buffer_data(&transport.out)[6], alert);
  lurk_transport_clear(&transport);
}

static void test_first_octet(void **state) {
  (void)state;
  expect_refused(0x80, 70); /* SSLv2 hello: protocol_version */
  expect_refused('G', 10);  /* plaintext HTTP: unexpected_message */
  expect_refused(23, 10);
  static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};
  struct lurk_transport client = {0};
  feed(&client, alert, sizeof alert); /* a client may be answered by an alert */
  lurk_transport_clear(&client);
}

static void test_input_is_bounded(void **state) {
  (void)state;
  static const uint8_t block[65536] = {22};
  struct lurk_transport transport = {.open = true};
  feed(&transport, block, sizeof block);
  assert_int_equal(lurk_transport_feed(&transport, block, sizeof block), LURK_ERR_LIMIT);
  feed(&transport, block, LURK_TRANSPORT_INPUT - sizeof block);
  assert_int_equal(lurk_transport_feed(&transport, block, 1), LURK_ERR_LIMIT);
  lurk_transport_clear(&transport);

  struct lurk_transport endless = {.server = true};
  uint8_t drain[65536];
  lurk_status status = LURK_OK;
  size_t fed = 0;
  while (status == LURK_OK) {
    status = lurk_transport_feed(&endless, block, 1000);
    fed += 1000;
    while (lurk_transport_pull(&endless, drain, sizeof drain) > 0)
      continue;
    assert_true(fed < 3 * LURK_HANDSHAKE_OCTETS);
  }
  assert_int_equal(status, LURK_ERR_MALFORMED);
  assert_string_equal(endless.fault, "handshake too long");
  lurk_transport_clear(&endless);
}

static void add(struct lurk_peer *peer, const char *uri, size_t uri_len, const char *dns, size_t dns_len) {
  assert_true(lurk_peer_add_uri(peer, (const uint8_t *)uri, uri_len));
  assert_true(lurk_peer_add_dns(peer, (const uint8_t *)dns, dns_len));
}

#define ADD(peer, uri, dns) add(peer, uri, sizeof(uri) - 1, dns, sizeof(dns) - 1)

static void test_peer_names(void **state) {
  (void)state;
  struct lurk_peer peer = {0};
  ADD(&peer, "urn:example:edge-a", "Edge-A.example");
  ADD(&peer, "urn:example:edge-a\0.evil", "edge-a.example\0.evil");
  ADD(&peer, "urn:example:edge a", "edge a.example");
  ADD(&peer, "urn:example:\xd0\xb0", "\xd0\xb0.example");
  ADD(&peer, "urn:example:a\n", "*.example");
  ADD(&peer, "", "");
  assert_int_equal(peer.uri_count, 1);
  assert_int_equal(peer.dns_name_count, 1);
  assert_string_equal(peer.uris[0], "urn:example:edge-a");
  assert_string_equal(peer.dns_names[0], "edge-a.example");
  assert_true(lurk_peer_has_dns(&peer, "EDGE-a.Example"));
  assert_false(lurk_peer_has_dns(&peer, "edge-b.example"));
  for (int i = 0; i < 3 * LURK_PEER_NAMES; i++)
    ADD(&peer, "urn:x", "x");
  assert_int_equal(peer.uri_count, LURK_PEER_NAMES);
  assert_int_equal(peer.dns_name_count, LURK_PEER_NAMES);
  lurk_peer_clear(&peer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_buffer_keeps_order),    cmocka_unit_test(test_pull_stops_at_records),
      cmocka_unit_test(test_barren_records_end_it), cmocka_unit_test(test_first_octet),
      cmocka_unit_test(test_input_is_bounded),      cmocka_unit_test(test_peer_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
