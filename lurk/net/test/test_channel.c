/* A server's and a client's channel against each other, in memory. LURK_TEST_PKI names the folder that
 * conformance/tests/net_pki.py has filled. */
#include "lurk/net/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pair {
  lurk_channel *server, *client;
};

static lurk_credentials *server_credentials, *client_credentials;

static const char *file(const char *name) {
  static char paths[4][512];
  static unsigned next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", getenv("LURK_TEST_PKI"), name);
  return path;
}

static lurk_status load(enum lurk_channel_role role, const char *name, const char *ca, const char *crl,
                        lurk_credentials **out, char why[256]) {
  char certificate[64], key[64];
  snprintf(certificate, sizeof certificate, "%s.pem", name);
  snprintf(key, sizeof key, "%s.key", name);
  struct lurk_credential_files files = {.certificate = file(certificate),
                                        .key = file(key),
                                        .ca = file(ca),
                                        .crl = crl == NULL ? NULL : file(crl)};
  return lurk_credentials_load(role, &files, out, why, 256);
}

static int load_credentials(void **state) {
  (void)state;
  char why[256];
  if (load(LURK_CHANNEL_SERVER, "server", "ca.pem", NULL, &server_credentials, why) == LURK_OK &&
      load(LURK_CHANNEL_CLIENT, "client", "ca.pem", NULL, &client_credentials, why) == LURK_OK)
    return 0;
  print_error("%s\n", why);
  return -1;
}

static int unload_credentials(void **state) {
  (void)state;
  lurk_credentials_unref(server_credentials);
  lurk_credentials_unref(client_credentials);
  return 0;
}

static struct pair new_pair(const char *name) {
  struct pair pair;
  assert_int_equal(lurk_channel_accept(server_credentials, &pair.server), LURK_OK);
  assert_int_equal(lurk_channel_connect(client_credentials, name, &pair.client), LURK_OK);
  lurk_channel_feed(pair.client, NULL, 0);
  return pair;
}

static void free_pair(struct pair *pair) {
  lurk_channel_free(pair->server);
  lurk_channel_free(pair->client);
}

/* Moves at most step octets; how many. */
static size_t move(lurk_channel *from, lurk_channel *to, size_t step) {
  const uint8_t *data;
  size_t len;
  lurk_channel_output(from, &data, &len);
  if (len > step)
    len = step;
  lurk_channel_feed(to, data, len);
  lurk_channel_output_taken(from, len);
  return len;
}

static void shake_hands(struct pair *pair, size_t step) {
  size_t moved;
  do
    moved = move(pair->client, pair->server, step) + move(pair->server, pair->client, step);
  while (moved > 0);
}

static struct pair open_pair(void) {
  struct pair pair = new_pair("ks.example");
  shake_hands(&pair, 65536);
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_OPEN);
  assert_int_equal(lurk_channel_state(pair.client), LURK_CHANNEL_OPEN);
  return pair;
}

static void test_handshake(void **state) {
  (void)state;
  static const size_t steps[] = {1, 3, 100, 65536};
  uint8_t spki[32];
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    struct pair pair = new_pair("KS.example");
    assert_null(lurk_channel_peer(pair.server));
    shake_hands(&pair, steps[i]);
    assert_string_equal(lurk_channel_failure(pair.client), "");
    assert_string_equal(lurk_channel_failure(pair.server), "");
    const struct lurk_peer *edge = lurk_channel_peer(pair.server), *server = lurk_channel_peer(pair.client);
    assert_non_null(edge);
    assert_non_null(server);
    assert_true(edge->authenticated && server->authenticated);
    assert_int_equal(edge->uri_count, 1);
    assert_string_equal(edge->uris[0], "urn:example:edge-a");
    assert_int_equal(edge->dns_name_count, 1);
    assert_string_equal(edge->dns_names[0], "edge-a.example");
    lurk_credentials_spki(client_credentials, spki);
    assert_memory_equal(edge->spki, spki, sizeof spki);
    lurk_credentials_spki(server_credentials, spki);
    assert_memory_equal(server->spki, spki, sizeof spki);
    assert_true(lurk_channel_is_named(pair.server, "ks.example"));
    assert_false(lurk_channel_is_named(pair.server, "edge-a.example"));
    free_pair(&pair);
  }
}

/* Sends len octets in one write and reads them in pieces of the given sizes. */
static void carry(lurk_channel *from, lurk_channel *to, size_t len, size_t step, size_t capacity) {
  uint8_t *sent = malloc(len), *buffer = malloc(capacity);
  size_t received = 0;
  for (size_t i = 0; i < len; i++)
    sent[i] = (uint8_t)(i * 7 + i / 251);
  assert_int_equal(lurk_channel_write(from, sent, len), LURK_OK);
  while (received < len) {
    size_t moved = move(from, to, step), got = 0, before = received;
    do {
      assert_int_equal(lurk_channel_read(to, buffer, capacity, &got), LURK_OK);
      assert_true(received + got <= len);
      assert_memory_equal(buffer, sent + received, got);
      received += got;
    } while (got > 0);
    assert_true(moved > 0 || received > before);
  }
  free(sent);
  free(buffer);
}

static void test_data(void **state) {
  (void)state;
  struct pair pair = open_pair();
  carry(pair.client, pair.server, 1, 65536, 1);
  carry(pair.client, pair.server, 300000, 5000, 4096);
  carry(pair.server, pair.client, 300000, 65536, 16384);
  carry(pair.server, pair.client, 3000, 1, 7);
  free_pair(&pair);
}

static void test_no_data_before_the_handshake(void **state) {
  (void)state;
  struct pair pair = new_pair("ks.example");
  uint8_t buffer[16];
  size_t got = 1;
  assert_int_equal(lurk_channel_write(pair.server, buffer, sizeof buffer), LURK_ERR_CLOSED);
  assert_int_equal(lurk_channel_read(pair.server, buffer, sizeof buffer, &got), LURK_OK);
  assert_int_equal(got, 0);
  free_pair(&pair);
}

static void test_close_is_one_direction(void **state) {
  (void)state;
  struct pair pair = open_pair();
  uint8_t buffer[64];
  size_t got;
  lurk_channel_write(pair.client, (const uint8_t *)"last", 4);
  lurk_channel_close(pair.client);
  shake_hands(&pair, 65536);
  assert_int_equal(lurk_channel_read(pair.server, buffer, sizeof buffer, &got), LURK_OK);
  assert_int_equal(got, 4);
  assert_int_equal(lurk_channel_read(pair.server, buffer, sizeof buffer, &got), LURK_OK);
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_CLOSED);
  lurk_channel_eof(pair.server); /* after close_notify it is no truncation */
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_CLOSED);
  carry(pair.server, pair.client, 1000, 65536, 100);
  free_pair(&pair);
}

static void test_truncation(void **state) {
  (void)state;
  struct pair pair = open_pair();
  uint8_t buffer[64];
  size_t got;
  lurk_channel_write(pair.client, (const uint8_t *)"half", 4);
  move(pair.client, pair.server, 65536);
  lurk_channel_eof(pair.server);
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_FAILED);
  assert_int_equal(lurk_channel_read(pair.server, buffer, sizeof buffer, &got), LURK_ERR_CLOSED);
  assert_int_equal(lurk_channel_write(pair.server, buffer, sizeof buffer), LURK_ERR_CLOSED);
  assert_int_equal(lurk_channel_feed(pair.server, buffer, 1), LURK_ERR_CLOSED);
  assert_string_not_equal(lurk_channel_failure(pair.server), "");
  free_pair(&pair);
  pair = new_pair("ks.example");
  lurk_channel_eof(pair.server);
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_FAILED);
  free_pair(&pair);
}

static void test_wrong_name(void **state) {
  (void)state;
  static const char *const names[] = {"other.example", "example", "a.ks.example", "ks.example.", "keyserver"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct pair pair = new_pair(names[i]);
    shake_hands(&pair, 65536);
    assert_int_equal(lurk_channel_state(pair.client), LURK_CHANNEL_FAILED);
    assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_FAILED); /* an alert told it */
    assert_null(lurk_channel_peer(pair.client));
    assert_null(lurk_channel_peer(pair.server));
    free_pair(&pair);
  }
  lurk_channel *channel;
  assert_int_equal(lurk_channel_connect(client_credentials, "", &channel), LURK_ERR_MALFORMED);
  assert_int_equal(lurk_channel_connect(client_credentials, "ks example", &channel), LURK_ERR_MALFORMED);
}

/* One record with a change: flipped bit, sent twice, or left out. */
enum harm { FLIP, REPLAY, SKIP };

static void harm_record(enum harm harm) {
  struct pair pair = open_pair();
  uint8_t record[256], buffer[64];
  const uint8_t *data;
  size_t len, got;
  lurk_channel_write(pair.client, (const uint8_t *)"one", 3);
  lurk_channel_output(pair.client, &data, &len);
  assert_true(len < sizeof record);
  memcpy(record, data, len);
  lurk_channel_output_taken(pair.client, len);
  if (harm == FLIP)
    record[len - 1] ^= 1;
  if (harm != SKIP)
    lurk_channel_feed(pair.server, record, len);
  if (harm == REPLAY) {
    assert_int_equal(lurk_channel_read(pair.server, buffer, sizeof buffer, &got), LURK_OK);
    assert_int_equal(got, 3);
    lurk_channel_feed(pair.server, record, len);
  }
  if (harm == SKIP) {
    lurk_channel_write(pair.client, (const uint8_t *)"two", 3);
    move(pair.client, pair.server, 65536);
  }
  assert_int_equal(lurk_channel_read(pair.server, buffer, sizeof buffer, &got), LURK_ERR_CLOSED);
  assert_int_equal(got, 0);
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_FAILED);
  lurk_channel_output(pair.server, &data, &len);
  assert_true(len > 0); /* the alert */
  free_pair(&pair);
}

static void test_harmed_records(void **state) {
  (void)state;
  harm_record(FLIP);
  harm_record(REPLAY);
  harm_record(SKIP);
}

static void test_feeding_without_reading(void **state) {
  (void)state;
  struct pair pair = open_pair();
  static const uint8_t block[50000];
  lurk_channel_write(pair.client, block, sizeof block);
  move(pair.client, pair.server, 65536);
  lurk_channel_write(pair.client, block, sizeof block);
  const uint8_t *data;
  size_t len;
  lurk_channel_output(pair.client, &data, &len);
  assert_int_equal(lurk_channel_feed(pair.server, data, len), LURK_ERR_LIMIT);
  assert_int_equal(lurk_channel_state(pair.server), LURK_CHANNEL_OPEN);
  carry(pair.server, pair.client, 100, 65536, 100);
  free_pair(&pair);
}

static void feed_foreign(const uint8_t *octets, size_t len, bool at_once) {
  lurk_channel *server;
  assert_int_equal(lurk_channel_accept(server_credentials, &server), LURK_OK);
  lurk_channel_feed(server, octets, len);
  if (at_once)
    assert_int_equal(lurk_channel_state(server), LURK_CHANNEL_FAILED);
  lurk_channel_eof(server);
  assert_int_equal(lurk_channel_state(server), LURK_CHANNEL_FAILED);
  assert_null(lurk_channel_peer(server));
  lurk_channel_free(server);
}

static void test_no_tls(void **state) {
  (void)state;
  static const uint8_t http[] = "GET / HTTP/1.1\r\n\r\n", ssl2[] = {0x80, 0x2e, 1, 3, 1};
  static const uint8_t cut_hello[] = {22, 3, 1, 0, 9, 1, 0},
                       alien[] = {22, 'S', 'S', 'H', '-', '2', '.', '0'};
  feed_foreign(http, sizeof http - 1, true);
  feed_foreign(ssl2, sizeof ssl2, true);
  feed_foreign(alien, sizeof alien, true);
  feed_foreign(cut_hello, sizeof cut_hello, false);
}

static void expect_fault(enum lurk_channel_role role, const char *name, const char *ca, const char *crl,
                         const char *text) {
  lurk_credentials *credentials = NULL;
  char why[256] = "";
  assert_int_not_equal(load(role, name, ca, crl, &credentials, why), LURK_OK);
  assert_null(credentials);
  if (strstr(why, text) == NULL || strchr(why, '\n') != NULL)
    fail_msg("expected \"%s\" in: %s", text, why);
}

static void test_bad_credentials(void **state) {
  (void)state;
  expect_fault(LURK_CHANNEL_SERVER, "absent", "ca.pem", NULL, "absent.pem: No such file");
  expect_fault(LURK_CHANNEL_SERVER, "server", "absent.pem", NULL, "absent.pem: No such file");
  expect_fault(LURK_CHANNEL_SERVER, "client", "ca.pem", NULL,
               "client.pem: extended key usage lacks serverAuth");
  expect_fault(LURK_CHANNEL_CLIENT, "server", "ca.pem", NULL,
               "server.pem: extended key usage lacks clientAuth");
  expect_fault(LURK_CHANNEL_SERVER, "expired", "ca.pem", NULL, "expired.pem: expired");
  expect_fault(LURK_CHANNEL_SERVER, "mismatch", "ca.pem", NULL, "mismatch.key: ");
  expect_fault(LURK_CHANNEL_SERVER, "encrypted", "ca.pem", NULL, "encrypted.key: ");
  expect_fault(LURK_CHANNEL_SERVER, "weak", "ca.pem", NULL, "weak.");
  expect_fault(LURK_CHANNEL_SERVER, "server", "server.key", NULL, "server.key: no CA certificate");
  expect_fault(LURK_CHANNEL_SERVER, "server", "weak-ca.pem", NULL, "weak-ca.pem: weak or unsupported key");
  expect_fault(LURK_CHANNEL_SERVER, "server", "ca.pem", "ca.pem", "ca.pem: no certificate revocation list");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_handshake),
      cmocka_unit_test(test_data),
      cmocka_unit_test(test_no_data_before_the_handshake),
      cmocka_unit_test(test_close_is_one_direction),
      cmocka_unit_test(test_truncation),
      cmocka_unit_test(test_wrong_name),
      cmocka_unit_test(test_harmed_records),
      cmocka_unit_test(test_feeding_without_reading),
      cmocka_unit_test(test_no_tls),
      cmocka_unit_test(test_bad_credentials),
  };
  if (getenv("LURK_TEST_PKI") == NULL) {
    print_error("LURK_TEST_PKI is not set: run it by ctest\n");
    return 2;
  }
  return cmocka_run_group_tests(tests, load_credentials, unload_credentials);
}
