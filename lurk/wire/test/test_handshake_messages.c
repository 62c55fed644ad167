#include "lurk/wire/handshake_messages.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/handshake_list.h"
#include "lurk/wire/test/notation.h"
#include <stdio.h>
#include <string.h>

#define SUITES "0006 009d 002f c02f "
#define TLS_CLIENT "0303 (c1*32) 00 " SUITES "01 00 "
#define DTLS_CLIENT "fefd (c1*32) 00 04 c00c1e00 " SUITES "01 00 "
#define CLIENT_EXTENSIONS "0015 000a 0004 0002 0017 0017 0000 0005 0005 01 0000 0000"
#define CLIENT_WITHOUT_EMS "0008 000a 0004 0002 0017"
#define TLS_SERVER "0303 (52*32) 20 (1d*32) 009d 00 "
#define DTLS_SERVER "fefd (52*32) 20 (1d*32) 009d 00 "
#define SERVER_EXTENSIONS "0009 0017 0000 ff01 0001 00"
#define TWO_CERTIFICATES "00000c 000004 1eaf1eaf 000002 1ca0"
#define CERTIFICATES_REQUESTED "02 01 40 0004 0401 0403 0000"
#define PREMASTER "0100 (ee*256)"
#define VERIFY "0401 0100 (99*256)"

/* With extended_master_secret and everything that may be there; client_certificate: asked for and given. */
static struct handshake_flight full_flight(bool dtls, bool client_certificate) {
  struct handshake_flight flight = {
      .rows = {{CLIENT_HELLO, CLIENT, dtls ? DTLS_CLIENT CLIENT_EXTENSIONS : TLS_CLIENT CLIENT_EXTENSIONS},
               {SERVER_HELLO, SERVER, dtls ? DTLS_SERVER SERVER_EXTENSIONS : TLS_SERVER SERVER_EXTENSIONS},
               {CERTIFICATE, SERVER, TWO_CERTIFICATES},
               {SERVER_HELLO_DONE, SERVER, ""},
               {CLIENT_KEY_EXCHANGE, CLIENT, PREMASTER}},
      .count = 5,
      .dtls = dtls};
  if (client_certificate) {
    handshake_insert(&flight, 3, (struct handshake_row){CERTIFICATE_REQUEST, SERVER, CERTIFICATES_REQUESTED});
    handshake_insert(&flight, 5, (struct handshake_row){CERTIFICATE, CLIENT, "000006 000003 c1c1c1"});
    handshake_insert(&flight, 7, (struct handshake_row){CERTIFICATE_VERIFY, CLIENT, VERIFY});
  }
  return flight;
}

static void set_body(struct handshake_flight *flight, uint8_t type, const char *body) {
  flight->rows[handshake_find(flight, type)].body = body;
}

/* Neither side speaks of extended_master_secret. */
static void drop_extensions(struct handshake_flight *flight) {
  set_body(flight, CLIENT_HELLO, flight->dtls ? DTLS_CLIENT : TLS_CLIENT);
  set_body(flight, SERVER_HELLO, flight->dtls ? DTLS_SERVER : TLS_SERVER);
}

static enum lurk_tls12_status decode(enum lurk_tls12_type type, const struct lurk_octets *list,
                                     struct lurk_handshake_messages *out, struct lurk_decode_error *error) {
  *error = (struct lurk_decode_error){NULL, 0};
  return lurk_handshake_messages_decode(type, list->data, list->len, out, error);
}

static void assert_taken(const struct handshake_flight *flight, enum lurk_tls12_type type) {
  struct lurk_octets list = handshake_octets(flight, 0);
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  if (decode(type, &list, &messages, &error) != LURK_TLS12_SUCCESS)
    fail_msg("refused at %s, offset %zu", error.field, error.offset);
  assert_ptr_equal(messages.list, list.data);
  assert_int_equal(messages.list_len, list.len);
  lurk_octets_clear(&list);
}

static void assert_refused_with(const struct handshake_flight *flight, enum lurk_tls12_type type,
                                enum lurk_tls12_status status, const char *field) {
  struct lurk_octets list = handshake_octets(flight, 0);
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  assert_int_equal(decode(type, &list, &messages, &error), status);
  assert_string_equal(error.field, field);
  assert_true(error.offset <= list.len);
  lurk_octets_clear(&list);
}

static void assert_refused(const struct handshake_flight *flight, enum lurk_tls12_type type,
                           const char *field) {
  assert_refused_with(flight, type, LURK_TLS12_INVALID_PAYLOAD_FORMAT, field);
}

static void what_is_found(void **state) {
  (void)state;
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight flight = full_flight(dtls, true);
    struct lurk_octets list = handshake_octets(&flight, (uint16_t)dtls);
    struct lurk_handshake_messages messages;
    struct lurk_decode_error error;
    assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error),
                     LURK_TLS12_SUCCESS);
    size_t header = dtls ? 12 : 4;
    size_t server_hello = header + (dtls ? 2 + 32 + 1 + 5 : 2 + 32 + 1) + 8 + 2 + 23;
    assert_int_equal(messages.client_version, dtls ? LURK_DTLS_1_2 : LURK_TLS_1_2);
    assert_ptr_equal(messages.client_random, list.data + header + 2);
    assert_ptr_equal(messages.server_random, list.data + server_hello + header + 2);
    assert_memory_equal(messages.server_random, "\x52\x52", 2);
    assert_int_equal(messages.session_id_len, 32);
    assert_memory_equal(messages.session_id, "\x1d\x1d", 2);
    assert_int_equal(messages.cipher_suite, 0x009d);
    assert_int_equal(messages.prf_hash, LURK_PRF_SHA384);
    assert_true(messages.client_offers_ems && messages.server_selects_ems);
    assert_int_equal(messages.certificate_len, 4);
    assert_memory_equal(messages.certificate, "\x1e\xaf\x1e\xaf", 4);
    assert_int_equal(messages.encrypted_premaster_len, 256);
    assert_ptr_equal(messages.encrypted_premaster + 256, list.data + messages.session_len);
    assert_int_equal(messages.session_len, list.len - header - 260);
    lurk_octets_clear(&list);
  }
}

static void flights_that_are_taken(void **state) {
  (void)state;
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight flight = full_flight(dtls, false);
    assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER);
    assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH);
    drop_extensions(&flight);
    assert_taken(&flight, LURK_TLS12_RSA_MASTER_WITH_POH);
    flight = full_flight(dtls, true); /* TLS12-5.1-04: session_hash stops before CertificateVerify */
    handshake_remove(&flight, handshake_find(&flight, CERTIFICATE_VERIFY));
    assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER);
    handshake_insert(&flight, 3, (struct handshake_row){CERTIFICATE_STATUS, SERVER, "01 000003 0c5b00"});
    set_body(&flight, SERVER_HELLO,
             dtls ? DTLS_SERVER "0008 0017 0000 0005 0000" : TLS_SERVER "0008 0017 0000 0005 0000");
    assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER);
    flight.rows[handshake_find(&flight, SERVER_HELLO_DONE) + 1].body = "000000"; /* a client without one */
    assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER);
    assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH);
  }
}

/* A ClientHello that offers more than is taken: TLS 1.3 by extension, EMS that the server ignores. */
static void an_offer_is_not_an_agreement(void **state) {
  (void)state;
  struct handshake_flight flight = full_flight(false, false);
  set_body(&flight, CLIENT_HELLO, TLS_CLIENT "000d 002b 0005 04 0304 0303 0017 0000");
  assert_taken(&flight, LURK_TLS12_RSA_EXTENDED_MASTER);
  set_body(&flight, SERVER_HELLO, TLS_SERVER "0005 ff01 0001 00");
  assert_taken(&flight, LURK_TLS12_RSA_MASTER_WITH_POH);
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, "extended_master_secret for this exchange");
}

/* DG-01, DG-02 */
static void extended_master_secret_against_the_exchange(void **state) {
  (void)state;
  static const char field[] = "extended_master_secret for this exchange";
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight flight = full_flight(dtls, false);
    assert_refused(&flight, LURK_TLS12_RSA_MASTER_WITH_POH, field);
    set_body(&flight, SERVER_HELLO, dtls ? DTLS_SERVER : TLS_SERVER);
    assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, field);
    assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, field);
    flight = full_flight(dtls, false);
    set_body(&flight, CLIENT_HELLO, dtls ? DTLS_CLIENT CLIENT_WITHOUT_EMS : TLS_CLIENT CLIENT_WITHOUT_EMS);
    for (unsigned type = LURK_TLS12_RSA_MASTER_WITH_POH; type <= LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH;
         type++)
      assert_refused(&flight, type, "extended_master_secret in ServerHello alone");
    drop_extensions(&flight);
    assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, field);
  }
}

struct change {
  uint8_t type;
  const char *body;
  const char *field;
};

static void assert_each_refused(const struct change *changes, size_t count, bool client_certificate) {
  for (size_t i = 0; i < count; i++) {
    struct handshake_flight flight = full_flight(false, client_certificate);
    set_body(&flight, changes[i].type, changes[i].body);
    assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, changes[i].field);
  }
}

static void client_hellos_refused(void **state) {
  (void)state;
  static const struct change rows[] = {
      /* the offered version is 1.2, whatever the record or an extension says */
      {CLIENT_HELLO, "0301 (c1*32) 00 " SUITES "01 00 " CLIENT_EXTENSIONS, "ClientHello of version 1.2"},
      {CLIENT_HELLO, "0300 (c1*32) 00 " SUITES "01 00 " CLIENT_EXTENSIONS, "ClientHello of version 1.2"},
      {CLIENT_HELLO, "0304 (c1*32) 00 " SUITES "01 00 " CLIENT_EXTENSIONS, "ClientHello of version 1.2"},
      {CLIENT_HELLO, "", "ClientHello of version 1.2"},
      {CLIENT_HELLO, "0303 (c1*31)", "ClientHello.random"},
      {CLIENT_HELLO, "0303 (c1*32)", "ClientHello.session_id"},
      {CLIENT_HELLO, "0303 (c1*32) 21 (1d*33) " SUITES "01 00", "ClientHello.session_id"},
      {CLIENT_HELLO, "0303 (c1*32) ff 00", "ClientHello.session_id"},
      {CLIENT_HELLO, "0303 (c1*32) 00 0000 01 00", "ClientHello.cipher_suites"},
      {CLIENT_HELLO, "0303 (c1*32) 00 0003 009d00 01 00", "ClientHello.cipher_suites"},
      {CLIENT_HELLO, "0303 (c1*32) 00 ffff 009d 01 00", "ClientHello.cipher_suites"},
      {CLIENT_HELLO, "0303 (c1*32) 00 " SUITES, "ClientHello.compression_methods"},
      {CLIENT_HELLO, "0303 (c1*32) 00 " SUITES "00", "ClientHello.compression_methods"},
      {CLIENT_HELLO, "0303 (c1*32) 00 " SUITES "05 00", "ClientHello.compression_methods"},
      {CLIENT_HELLO, "0303 (c1*32) 00 " SUITES "01 01 " CLIENT_EXTENSIONS, "compression of ServerHello"},
      {CLIENT_HELLO, TLS_CLIENT "00", "extensions"},
      {CLIENT_HELLO, TLS_CLIENT "0004 0017 00", "extensions"},
      {CLIENT_HELLO, TLS_CLIENT "0004 0017 0000 00", "extensions"},
      {CLIENT_HELLO, TLS_CLIENT "0003 0017 00", "extension"},
      {CLIENT_HELLO, TLS_CLIENT "0005 0017 0002 00", "extension"},
      {CLIENT_HELLO, TLS_CLIENT "0005 0017 0001 00", "extension"}, /* RFC 7627 §5.1: empty */
      {CLIENT_HELLO, TLS_CLIENT "0008 0017 0000 0017 0000", "extension"},
      {CLIENT_HELLO, TLS_CLIENT "0016 002b 0003 02 0303 002b 0003 02 0303 0017 0000 0000 0000", "extension"},
      /* DG-08's neighbour: the suite that was taken is none of those offered */
      {CLIENT_HELLO, "0303 (c1*32) 00 0002 009c 01 00 " CLIENT_EXTENSIONS,
       "cipher_suite of ServerHello in ClientHello"},
      {CLIENT_HELLO, "0303 (c1*32) 00 0004 9d00 002f 01 00 " CLIENT_EXTENSIONS,
       "cipher_suite of ServerHello in ClientHello"},
  };
  assert_each_refused(rows, sizeof rows / sizeof *rows, false);
}

static void server_hellos_refused(void **state) {
  (void)state;
#define SERVER_ID "(52*32) 20 (1d*32) "
  static const struct change rows[] = {
      /* DG-03 */
      {SERVER_HELLO, "0302 " SERVER_ID "009d 00 " SERVER_EXTENSIONS, "version of ServerHello"},
      {SERVER_HELLO, "0301 " SERVER_ID "009d 00 " SERVER_EXTENSIONS, "version of ServerHello"},
      {SERVER_HELLO, "0300 " SERVER_ID "009d 00 " SERVER_EXTENSIONS, "version of ServerHello"},
      {SERVER_HELLO, "fefd " SERVER_ID "009d 00 " SERVER_EXTENSIONS, "version of ServerHello"},
      {SERVER_HELLO, "0303 " SERVER_ID "009d 00 000a 0017 0000 002b 0002 0304", "version of ServerHello"},
      {SERVER_HELLO, "0303 " SERVER_ID "009d 01 " SERVER_EXTENSIONS, "compression of ServerHello"},
      {SERVER_HELLO, "", "server_version"},
      {SERVER_HELLO, "0303 (52*31)", "ServerHello.random"},
      {SERVER_HELLO, "0303 (52*32)", "ServerHello.session_id"},
      {SERVER_HELLO, "0303 (52*32) 21 (1d*33) 009d 00", "ServerHello.session_id"},
      {SERVER_HELLO, "0303 " SERVER_ID "00", "ServerHello.cipher_suite"},
      {SERVER_HELLO, "0303 " SERVER_ID "009d", "ServerHello.compression_method"},
      {SERVER_HELLO, "0303 " SERVER_ID "009d 00 00", "extensions"},
      {SERVER_HELLO, "0303 " SERVER_ID "009d 00 0017 0000", "extensions"}, /* pylurk: without a total */
      {SERVER_HELLO, "0303 " SERVER_ID "009d 00 0005 0017 0001 00", "extension"},
      {SERVER_HELLO, "0303 " SERVER_ID "009d 00 0008 0017 0000 0017 0000", "extension"},
  };
  assert_each_refused(rows, sizeof rows / sizeof *rows, false);
}

/* PH-12: 14, and not one of the coherence faults */
static void suites_without_rsa_key_exchange(void **state) {
  (void)state;
  static const char *const suites[] = {"c02f", "c02b", "009e", "0033", "00a8", "00ac",
                                       "0005", "0002", "1301", "00ff", "5600", "0000"};
  for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
    for (int offered = 0; offered < 2; offered++) {
      struct handshake_flight flight = full_flight(false, false);
      char client[128], server[128];
      snprintf(client, sizeof client, "0303 (c1*32) 00 0002 %s 01 00 " CLIENT_EXTENSIONS,
               offered ? suites[i] : "009d");
      snprintf(server, sizeof server, "0303 (52*32) 00 %s 00 " SERVER_EXTENSIONS, suites[i]);
      set_body(&flight, CLIENT_HELLO, client);
      set_body(&flight, SERVER_HELLO, server);
      assert_refused_with(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH,
                          "cipher_suite of ServerHello");
    }
  }
}

static void other_messages_refused(void **state) {
  (void)state;
  static const struct change rows[] = {
      {CERTIFICATE, "", "certificate_list"},
      {CERTIFICATE, "000000", "certificate of the server"},
      {CERTIFICATE, "000004 1eaf1eaf", "ASN.1Cert"}, /* one certificate without its length */
      {CERTIFICATE, "000003 000000", "ASN.1Cert"},
      {CERTIFICATE, "00000a 000004 1eaf1eaf 000000", "ASN.1Cert"},
      {CERTIFICATE, "000007 000004 1eaf1eaf 00", "certificate_list"},
      {CERTIFICATE, "ffffff 000004 1eaf1eaf", "certificate_list"},
      {CERTIFICATE, "000007 ffffff 1eaf1eaf", "ASN.1Cert"},
      {CERTIFICATE_REQUEST, "", "fields of CertificateRequest"},
      {CERTIFICATE_REQUEST, "00 0002 0401 0000", "fields of CertificateRequest"},
      {CERTIFICATE_REQUEST, "01 40 0000 0000", "fields of CertificateRequest"},
      {CERTIFICATE_REQUEST, "01 40 0003 040100 0000", "fields of CertificateRequest"},
      {CERTIFICATE_REQUEST, "01 40 0002 0401", "fields of CertificateRequest"},
      {CERTIFICATE_REQUEST, "01 40 0002 0401 0000 00", "fields of CertificateRequest"},
      {SERVER_HELLO_DONE, "00", "end of ServerHelloDone"},
      {CLIENT_KEY_EXCHANGE, "", "EncryptedPreMasterSecret"},
      {CLIENT_KEY_EXCHANGE, "(ee*256)", "EncryptedPreMasterSecret"}, /* SSL 3's form, and pylurk's */
      {CLIENT_KEY_EXCHANGE, "0101 (ee*256)", "EncryptedPreMasterSecret"},
      {CLIENT_KEY_EXCHANGE, "00ff (ee*256)", "EncryptedPreMasterSecret"},
      {CLIENT_KEY_EXCHANGE, "0100 (ee*256) 00", "EncryptedPreMasterSecret"},
      {CERTIFICATE_VERIFY, "", "fields of CertificateVerify"},
      {CERTIFICATE_VERIFY, "0401", "fields of CertificateVerify"},
      {CERTIFICATE_VERIFY, "0401 0002 99", "fields of CertificateVerify"},
      {CERTIFICATE_VERIFY, "0401 0001 99 99", "fields of CertificateVerify"},
  };
  assert_each_refused(rows, sizeof rows / sizeof *rows, true);
}

/* PH-06, PH-09: no message left out, repeated, or out of place. */
static void messages_out_of_order(void **state) {
  (void)state;
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight good = full_flight(dtls, true);
    struct lurk_handshake_messages messages;
    struct lurk_decode_error error;
    for (size_t i = 0; i < good.count; i++) {
      struct handshake_flight without = good, twice = good;
      handshake_remove(&without, i);
      handshake_insert(&twice, i, good.rows[i]);
      struct lurk_octets lists[2] = {handshake_octets(&without, 0), handshake_octets(&twice, 0)};
      for (size_t j = 0; j < 2; j++) {
        assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &lists[j], &messages, &error),
                         LURK_TLS12_INVALID_PAYLOAD_FORMAT);
        lurk_octets_clear(&lists[j]);
      }
      for (size_t j = i + 1; j < good.count; j++) {
        struct handshake_flight swapped = good;
        if (good.rows[i].type == good.rows[j].type)
          continue; /* nothing tells whose Certificate it is */
        handshake_swap(&swapped, i, j);
        struct lurk_octets list = handshake_octets(&swapped, 0);
        assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error),
                         LURK_TLS12_INVALID_PAYLOAD_FORMAT);
        lurk_octets_clear(&list);
      }
    }
  }
}

/* Messages that are never in such a list, at every place. */
static void messages_that_do_not_belong(void **state) {
  (void)state;
  static const struct handshake_row rows[] = {
      {HELLO_REQUEST, SERVER, ""},
      {HELLO_VERIFY_REQUEST, SERVER, "feff 04 c00c1e00"}, /* RP-15 */
      {NEW_SESSION_TICKET, SERVER, "00000e10 0004 71c6e700"},
      {SERVER_KEY_EXCHANGE, SERVER, "03 0017 41 04 (ab*64) 0401 0002 9999"},
      {FINISHED, CLIENT, "(f1*12)"},
      {CERTIFICATE_STATUS, SERVER, "01 000003 0c5b00"}, /* not agreed on here */
      {21, CLIENT, "00"},
      {23, SERVER, "000000"},
      {254, SERVER, "(00*8)"}, /* OR-07 */
      {255, CLIENT, ""},
  };
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight good = full_flight(dtls, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
      for (size_t at = 0; at <= good.count; at++) {
        struct handshake_flight flight = good;
        struct lurk_handshake_messages messages;
        struct lurk_decode_error error;
        handshake_insert(&flight, at, rows[i]);
        struct lurk_octets list = handshake_octets(&flight, 0);
        assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error),
                         LURK_TLS12_INVALID_PAYLOAD_FORMAT);
        lurk_octets_clear(&list);
      }
    }
  }
}

/* TLS12-5.1-03, PH-07 */
static void certificate_verify_where_it_is_not_due(void **state) {
  (void)state;
  struct handshake_flight flight = full_flight(false, true);
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, "end of handshake_messages");
  handshake_remove(&flight, handshake_find(&flight, CERTIFICATE_VERIFY));
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, "CertificateVerify");
  flight = full_flight(false, false);
  handshake_insert(&flight, 5, (struct handshake_row){CERTIFICATE_VERIFY, CLIENT, VERIFY});
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, "end of handshake_messages");
  flight = full_flight(false, true); /* a client without a certificate has nothing to sign with */
  flight.rows[handshake_find(&flight, SERVER_HELLO_DONE) + 1].body = "000000";
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, "end of handshake_messages");
}

/* LN-06, PH-11: the three-octet length of each message, one too low, one too high, and far beyond. */
static void lengths_of_messages(void **state) {
  (void)state;
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight flight = full_flight(dtls, true);
    struct lurk_octets list = handshake_octets(&flight, 0);
    struct lurk_handshake_messages messages;
    struct lurk_decode_error error;
    size_t at = 0;
    for (size_t i = 0; i < flight.count; i++) {
      uint8_t *length = list.data + at + 1, kept[3];
      uint32_t value = (uint32_t)length[0] << 16 | (uint32_t)length[1] << 8 | length[2];
      const uint32_t wrong[] = {value - 1, value + 1, 0xffffff, value ^ 0x010000};
      memcpy(kept, length, sizeof kept);
      for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
        length[0] = (uint8_t)(wrong[j] >> 16);
        length[1] = (uint8_t)(wrong[j] >> 8);
        length[2] = (uint8_t)wrong[j];
        assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error),
                         LURK_TLS12_INVALID_PAYLOAD_FORMAT);
      }
      memcpy(length, kept, sizeof kept);
      at += (dtls ? 12 : 4) + value;
    }
    assert_int_equal(at, list.len);
    lurk_octets_clear(&list);
  }
}

/* message_seq, fragment_offset, fragment_length of each message (RFC 6347 §4.2.2). */
static void headers_of_dtls(void **state) {
  (void)state;
  struct handshake_flight flight = full_flight(true, true);
  struct lurk_octets list = handshake_octets(&flight, 3);
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  size_t at = 0;
  bool heard[2] = {false, false};
  for (size_t i = 0; i < flight.count; i++) {
    for (size_t octet = 4; octet < 12; octet++) {
      list.data[at + octet] ^= 1;
      /* Where a side begins is its own affair; where it goes on is not. */
      bool begins = octet < 6 && !heard[flight.rows[i].from_client];
      enum lurk_tls12_status status =
          decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error);
      assert_int_equal(status, LURK_TLS12_INVALID_PAYLOAD_FORMAT);
      assert_true(begins ? error.offset > at : error.offset == at || i == 0);
      list.data[at + octet] ^= 1;
    }
    heard[flight.rows[i].from_client] = true;
    at += 12 + ((size_t)list.data[at + 1] << 16 | (size_t)list.data[at + 2] << 8 | list.data[at + 3]);
  }
  assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error),
                   LURK_TLS12_SUCCESS);
  lurk_octets_clear(&list);
}

/* RP-15: the first flight of a cookie exchange in front of the second. */
static void a_cookie_exchange_left_in(void **state) {
  (void)state;
  struct handshake_flight flight = full_flight(true, false);
  handshake_insert(&flight, 0, (struct handshake_row){HELLO_VERIFY_REQUEST, SERVER, "feff 04 c00c1e00"});
  handshake_insert(
      &flight, 0,
      (struct handshake_row){CLIENT_HELLO, CLIENT, "fefd (c1*32) 00 00 " SUITES "01 00 " CLIENT_EXTENSIONS});
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, "ServerHello");
  handshake_remove(&flight, 1);
  assert_refused(&flight, LURK_TLS12_RSA_EXTENDED_MASTER, "ServerHello");
}

static void lists_cut_off_anywhere(void **state) {
  (void)state;
  for (int dtls = 0; dtls < 2; dtls++) {
    struct handshake_flight flight = full_flight(dtls, true);
    struct lurk_octets list = handshake_octets(&flight, 0);
    for (size_t len = 0; len < list.len; len++) {
      struct lurk_octets cut = octets_cut(&list, len);
      struct lurk_handshake_messages messages;
      struct lurk_decode_error error;
      assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &cut, &messages, &error),
                       LURK_TLS12_INVALID_PAYLOAD_FORMAT);
      assert_non_null(error.field);
      assert_true(error.offset <= len);
      lurk_octets_clear(&cut);
    }
    lurk_octets_clear(&list);
  }
}

static void another_random_in_a_copy(void **state) {
  (void)state;
  struct handshake_flight flight = full_flight(false, true);
  struct lurk_octets list = handshake_octets(&flight, 0), copy = {NULL, 0};
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  uint8_t random[LURK_RANDOM_LEN];
  memset(random, 0xf4, sizeof random);
  assert_int_equal(decode(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &list, &messages, &error),
                   LURK_TLS12_SUCCESS);
  assert_int_equal(lurk_handshake_messages_with_random(&messages, random, &copy), LURK_OK);
  assert_int_equal(copy.len, list.len);
  size_t at = (size_t)(messages.server_random - list.data);
  assert_memory_equal(copy.data, list.data, at);
  assert_memory_equal(copy.data + at, random, sizeof random);
  assert_memory_equal(copy.data + at + 32, list.data + at + 32, list.len - at - 32);
  assert_memory_equal(list.data + at, "\x52\x52", 2);
  lurk_octets_clear(&copy);
  lurk_octets_clear(&list);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_found),
      cmocka_unit_test(flights_that_are_taken),
      cmocka_unit_test(an_offer_is_not_an_agreement),
      cmocka_unit_test(extended_master_secret_against_the_exchange),
      cmocka_unit_test(client_hellos_refused),
      cmocka_unit_test(server_hellos_refused),
      cmocka_unit_test(suites_without_rsa_key_exchange),
      cmocka_unit_test(other_messages_refused),
      cmocka_unit_test(messages_out_of_order),
      cmocka_unit_test(messages_that_do_not_belong),
      cmocka_unit_test(certificate_verify_where_it_is_not_due),
      cmocka_unit_test(lengths_of_messages),
      cmocka_unit_test(headers_of_dtls),
      cmocka_unit_test(a_cookie_exchange_left_in),
      cmocka_unit_test(lists_cut_off_anywhere),
      cmocka_unit_test(another_random_in_a_copy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
