/* Payloads of rsa_master_with_poh, rsa_extended_master and rsa_extended_master_with_poh
 * (draft-mglt-lurk-tls12-05 §4.1, §5.1): the handshake that they carry, message by message. Certificate and
 * ciphertext are opaque octets here. */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include <stdio.h>
#include <string.h>

enum { RSA_MASTER_POH = 3, EXTENDED = 4, EXTENDED_POH = 5 };

static struct group group;
static unsigned type;
static struct octets key_id, verify_data;
static const char format_error[] = "invalid_payload_format";

static json_t *question(struct octets messages) {
  struct message payload = tls12_handshake(key_id, messages, verify_data);
  return json_pack("{s:i, s:o}", "type", (int)type, "payload", json_hex(message_octets(&payload)));
}

/* session_octets: how many of the messages the session hash covers (RFC 7627 §3). */
static json_t *meaning(const struct flight *flight, unsigned prf_hash, size_t session_octets) {
  json_t *output = json_pack(
      "{s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:I}", "key_id", json_hex(CAT(U8(0), key_id)), "client_random",
      json_hex(flight->client_random), "server_random", json_hex(flight->server_random), "cipher_suite",
      (int)flight->suite, "prf_hash", (int)prf_hash, "certificate", json_hex(flight->certificate),
      "encrypted_premaster", json_hex(flight->ciphertext), "session_octets", (json_int_t)session_octets);
  if (type != EXTENDED)
    json_object_set_new(output, "verify_data", json_hex(verify_data));
  return output;
}

static void valid(const char *comment, const char *references, const struct flight *flight,
                  unsigned prf_hash) {
  struct octets messages = flight_octets(flight);
  add_valid(&group, comment, references, question(messages), meaning(flight, prf_hash, messages.len));
}

static void refused_octets(const char *comment, const char *references, struct octets messages) {
  add_invalid(&group, comment, references, question(messages), format_error);
}

static void refused(const char *comment, const char *references, const struct message *messages) {
  refused_octets(comment, references, message_octets(messages));
}

static void refused_flight(const char *comment, const char *references, const struct flight *flight) {
  refused_octets(comment, references, flight_octets(flight));
}

/* A short flight: nothing in it is longer than it must be. */
static struct flight start(struct collection *collection, const char *name, unsigned of_type,
                           const char *title) {
  group_open(collection, &group, name, "tls12_request", title);
  type = of_type;
  key_id = drbg_octets(&group.drbg, 4);
  verify_data = type == EXTENDED ? octets_text("") : drbg_octets(&group.drbg, 12);
  struct octets certificate = drbg_octets(&group.drbg, 24);
  return flight_of(&group.drbg, type != RSA_MASTER_POH, certificate, drbg_octets(&group.drbg, 64));
}

/* --- flights that are taken --- */

static void add_suites(const struct flight *good) {
  static const struct {
    unsigned suite, prf_hash;
    const char *comment;
  } suites[] = {{0x009d, 1, "AES_256_GCM_SHA384"},      {0x002f, 0, "AES_128_CBC_SHA"},
                {0x003d, 0, "AES_256_CBC_SHA256"},      {0xc09c, 0, "AES_128_CCM"},
                {0xc07b, 1, "CAMELLIA_256_GCM_SHA384"}, {0xc03c, 0, "ARIA_128_CBC_SHA256"}};
  for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
    struct flight other = *good;
    other.suite = suites[i].suite;
    other.suites = CAT(octets_hex("c02f"), U16(suites[i].suite));
    valid(suites[i].comment, "TLS12-4.4-25 TLS12-4.4-22 PH-12", &other, suites[i].prf_hash);
  }
}

static struct octets dtls_message(unsigned kind, unsigned sequence, struct octets body) {
  return CAT(U8(kind), octets_number(body.len, 3), U16(sequence), octets_number(0, 3),
             octets_number(body.len, 3), body);
}

static struct octets body_of(const struct message *messages, const char *name) {
  struct octets message = message_piece(messages, name);
  return octets_part(message, 4, message.len - 4);
}

/* RFC 6347 §4.2: a cookie in ClientHello, headers of twelve octets, each side counts its messages. */
static struct message dtls_flight(const struct flight *flight) {
  struct flight dtls = *flight;
  dtls.version = dtls.server_version = 0xfefd;
  struct message messages = flight_messages(&dtls);
  struct octets hello = body_of(&messages, "client_hello");
  hello = CAT(octets_first(hello, 35), octets_hex("0403020100"), octets_part(hello, 35, hello.len - 35));
  struct message out = {.count = 0};
  message_add(&out, "client_hello", dtls_message(1, 1, hello));
  message_add(&out, "server_hello", dtls_message(2, 1, body_of(&messages, "server_hello")));
  message_add(&out, "certificate", dtls_message(11, 2, body_of(&messages, "certificate")));
  message_add(&out, "server_hello_done", dtls_message(14, 3, octets_text("")));
  message_add(&out, "client_key_exchange", dtls_message(16, 2, body_of(&messages, "client_key_exchange")));
  return out;
}

static void add_dtls(const struct flight *good) {
  struct message messages = dtls_flight(good);
  struct octets octets = message_octets(&messages);
  add_control(&group, "DTLS 1.2", "TLS12-1-01 TLS12-4.1-09", question(octets), meaning(good, 0, octets.len));
  struct message changed = messages;
  struct octets hello = message_piece(&messages, "server_hello");
  changed = message_with(&messages, "server_hello", octets_changed(hello, 8, 1));
  refused("DTLS: a fragment in the middle of its message", "TLS12-1-01 TLS12-4.1-09 LN-05", &changed);
  changed = message_with(&messages, "server_hello", octets_changed(hello, 5, 4));
  refused("DTLS: a gap in the numbers of the server", "TLS12-1-01 TLS12-4.1-09 PH-06", &changed);
  refused_octets("DTLS: HelloVerifyRequest left in front", "TLS12-4.1-09 RP-15",
                 CAT(dtls_message(3, 0, octets_hex("feff0403020100")), octets));
}

/* With everything that is optional. */
static struct message full_flight(const struct flight *good) {
  struct flight flight = *good;
  flight.client_extensions = CAT(octets_hex("000500050100000000"), flight.client_extensions);
  flight.server_extensions = CAT(octets_hex("00050000"), flight.server_extensions);
  struct message messages = flight_messages(&flight);
  struct octets ocsp = CAT(U8(1), octets_vector(3, drbg_octets(&group.drbg, 8)));
  struct octets request = octets_hex("0101 0002 0401 0000");
  struct octets certificate = octets_vector(3, octets_vector(3, drbg_octets(&group.drbg, 10)));
  messages = message_with(&messages, "certificate_status", handshake_message(22, ocsp));
  messages = message_with(&messages, "certificate_request", handshake_message(13, request));
  messages = message_with(&messages, "client_certificate", handshake_message(11, certificate));
  struct octets verify = CAT(octets_hex("0401"), octets_vector(2, drbg_octets(&group.drbg, 12)));
  if (type != EXTENDED)
    messages = message_with(&messages, "certificate_verify", handshake_message(15, verify));
  return messages;
}

static void add_full(const struct flight *good) {
  struct message messages = full_flight(good);
  struct octets octets = message_octets(&messages);
  size_t session = octets.len - message_piece(&messages, "certificate_verify").len;
  add_control(&group, "with CertificateStatus and a client certificate",
              "TLS12-4.1-09 TLS12-4.4-24 TLS12-5.1-03 TLS12-5.1-04", question(octets),
              meaning(good, 0, session));
  struct message changed = message_without(&messages, "client_certificate");
  refused("client certificate asked for and left out", "TLS12-4.4-24 PH-06", &changed);
  changed = message_without(&messages, "certificate_request");
  refused("client certificate that nobody asked for", "TLS12-4.4-24 PH-06", &changed);
  changed = message_with(&messages, "client_certificate", handshake_message(11, octets_hex("000000")));
  if (type == EXTENDED) {
    octets = message_octets(&changed);
    add_valid(&group, "an empty client certificate", "TLS12-5.1-03", question(octets),
              meaning(good, 0, octets.len));
    struct octets verify = handshake_message(15, octets_hex("0401 0001 00"));
    changed = message_with(&messages, "certificate_verify", verify);
    refused("CertificateVerify in messages that end with ClientKeyExchange", "TLS12-5.1-03 TLS12-5.1-04",
            &changed);
  } else {
    refused("an empty client certificate, and CertificateVerify", "TLS12-4.4-24 PH-06", &changed);
    changed = message_without(&messages, "certificate_verify");
    refused("CertificateVerify left out", "TLS12-4.1-09 TLS12-5.1-04 PH-07", &changed);
  }
}

/* --- flights that are refused --- */

static void refuse_order(const struct flight *good) {
  struct message messages = flight_messages(good);
  static const char *const names[] = {"client_hello", "server_hello", "certificate", "server_hello_done",
                                      "client_key_exchange"};
  for (size_t i = 0; i < 5; i++) {
    char comment[60];
    snprintf(comment, sizeof comment, "%s left out", names[i]);
    struct message changed = message_without(&messages, names[i]);
    refused(comment, "TLS12-4.1-09 TLS12-4.4-24 PH-06", &changed);
    struct octets message = message_piece(&messages, names[i]);
    snprintf(comment, sizeof comment, "%s twice", names[i]);
    changed = message_with(&messages, names[i], CAT(message, message));
    refused(comment, "TLS12-4.4-24 PH-09", &changed);
  }
  struct message changed = message_with(&messages, "certificate", message_piece(&messages, "server_hello"));
  changed = message_with(&changed, "server_hello", message_piece(&messages, "certificate"));
  refused("Certificate before ServerHello", "TLS12-4.4-24 PH-06", &changed);
  struct octets octets = message_octets(&messages);
  refused_octets("HelloRequest in front", "TLS12-4.1-09", CAT(octets_hex("00000000"), octets));
  refused_octets("record headers left in", "TLS12-4.1-09",
                 CAT(octets_hex("160303"), octets_vector(2, octets)));
  refused_octets("ChangeCipherSpec behind ClientKeyExchange", "TLS12-4.1-09",
                 CAT(octets, octets_hex("140303000101")));
  refused_octets("Finished behind ClientKeyExchange", "TLS12-4.1-09 PH-05",
                 CAT(octets, handshake_message(20, drbg_octets(&group.drbg, 12))));
}

static void refuse_lengths(const struct flight *good) {
  struct message messages = flight_messages(good);
  struct octets octets = message_octets(&messages);
  static const char *const names[] = {"client_hello", "certificate", "client_key_exchange"};
  for (size_t i = 0; i < 3; i++) {
    struct octets message = message_piece(&messages, names[i]);
    char comment[60];
    for (int step = -1; step <= 1; step += 2) {
      size_t length = message.len - 4 + (size_t)step;
      snprintf(comment, sizeof comment, "length of %s %s", names[i], step < 0 ? "one short" : "one too many");
      struct message changed =
          message_with(&messages, names[i], octets_patched(message, 1, octets_number(length, 3)));
      refused(comment, "TLS12-4.4-24 PH-11", &changed);
    }
  }
  refused_octets("handshake message of length ffffff", "TLS12-4.4-24 LN-06",
                 octets_patched(octets, 1, octets_hex("ffffff")));
  refused_octets("last octet of the messages missing", "TLS12-4.1-09 LN-05", octets_without_last(octets, 1));
  refused_octets("one octet of messages", "TLS12-4.1-08 LN-05", octets_first(octets, 1));
  refused_octets("no messages", "TLS12-4.1-08 LN-05 LN-13", octets_text(""));
  struct message changed = message_with(&messages, "server_hello_done", octets_hex("0e00000100"));
  refused("ServerHelloDone with an octet", "TLS12-4.4-24 PH-11", &changed);
  changed = message_with(&messages, "certificate", octets_hex("0b000003000000"));
  refused("no certificate", "TLS12-4.4-24 PH-10 LN-13", &changed);
}

static void refuse_payloads(const struct flight *good) {
  struct message payload = tls12_handshake(key_id, flight_octets(good), verify_data);
  struct octets octets = message_octets(&payload);
#define REFUSE(comment, references, of)                                                                      \
  add_invalid(&group, comment, references,                                                                   \
              json_pack("{s:i, s:o}", "type", (int)type, "payload", json_hex(of)), format_error)
  struct octets head = CAT(U8(0), key_id), rest = octets_part(octets, 6, octets.len - 6);
  add_invalid(&group, "freshness 255", "TLS12-4.1-04 TLS12-4.4-03 TLS12-5.1-05 RP-05",
              json_pack("{s:i, s:o}", "type", (int)type, "payload", json_hex(CAT(head, U8(255), rest))),
              "invalid_freshness_funct");
  add_invalid(
      &group, "key id of type 1", "TLS12-4.1-01 TLS12-4.4-01",
      json_pack("{s:i, s:o}", "type", (int)type, "payload", json_hex(octets_patched(octets, 0, U8(1)))),
      "invalid_key_id_type");
  REFUSE("an octet behind the last field", "TLS12-4.1-11", CAT(octets, U8(0)));
  REFUSE("last octet of the payload missing: messages, or verify_data of 11 octets",
         "TLS12-4.1-10 TLS12-4.1-11 LN-05 PH-01", octets_without_last(octets, 1));
  if (type == EXTENDED)
    return;
  struct octets bare = octets_without_last(octets, 12);
  REFUSE("verify_data of 0 octets", "TLS12-4.1-08 TLS12-5.1-02 PH-01", bare);

  REFUSE("verify_data of 96 octets", "TLS12-4.1-08 TLS12-4.1-10 TLS12-5.1-02 PH-01",
         CAT(bare, drbg_octets(&group.drbg, 96)));
  REFUSE("verify_data with a handshake header", "TLS12-4.1-10 PH-05",
         CAT(bare, handshake_message(20, verify_data)));
#undef REFUSE
}

static void refuse_hellos(const struct flight *good) {
  static const struct {
    const char *comment;
    unsigned version;
  } versions[] = {{"SSL 3.0", 0x0300}, {"TLS 1.0", 0x0301}, {"TLS 1.1", 0x0302}, {"version 0304", 0x0304}};
  struct flight changed;
  for (size_t i = 0; i < 4; i++) {
    char comment[60];
    changed = *good;
    changed.version = changed.server_version = versions[i].version;
    snprintf(comment, sizeof comment, "hellos of %s", versions[i].comment);
    refused_flight(comment, "TLS12-4.4-24 DG-03", &changed);
  }
  changed = *good;
  changed.server_version = 0x0302;
  refused_flight("ServerHello of TLS 1.1", "TLS12-4.4-24 DG-03", &changed);
  changed = *good;
  changed.server_extensions = CAT(octets_hex("002b00020304"), changed.server_extensions);
  refused_flight("TLS 1.3 by supported_versions", "TLS12-4.4-24 DG-03", &changed);
  changed = *good;
  changed.suites = octets_hex("009d");
  refused_flight("a suite that was not offered", "TLS12-4.4-24 DG-08", &changed);
  changed.suites = octets_hex("00009c");
  refused_flight("suites of odd size", "LN-13 TLS12-4.4-24", &changed);
  changed.suites = octets_text("");
  refused_flight("no suite offered", "LN-13 TLS12-4.4-24", &changed);
  struct octets twice = octets_hex(EXTENDED_MASTER_SECRET EXTENDED_MASTER_SECRET);
  changed = *good;
  changed.client_extensions = twice;
  refused_flight("extended_master_secret twice", "TLS12-4.4-24", &changed);
  changed.client_extensions = octets_hex("0017000100");
  refused_flight("extended_master_secret with an octet", "TLS12-4.4-24", &changed);
}

static void refuse_suites(const struct flight *good) {
  static const struct {
    const char *comment;
    unsigned suite;
  } suites[] = {{"a suite of ECDHE", 0xc02f},
                {"a suite of DHE", 0x009e},
                {"a suite of PSK", 0x00a8},
                {"a suite of RSA_PSK", 0x00ac},
                {"a suite without encryption", 0x003b},
                {"RC4", 0x0005},
                {"a suite of TLS 1.3", 0x1301}};
  for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
    struct flight changed = *good;
    changed.suite = suites[i].suite;
    changed.suites = U16(suites[i].suite);
    add_invalid(&group, suites[i].comment, "TLS12-4.4-22 TLS12-4.4-25 PH-12",
                question(flight_octets(&changed)), "invalid_cipher_or_prf_hash");
  }
}

/* extended_master_secret against the type. */
static void refuse_extended(const struct flight *good) {
  struct octets extension = octets_hex(EXTENDED_MASTER_SECRET), none = octets_text("");
  struct flight changed = *good;
  if (type == RSA_MASTER_POH) {
    changed.client_extensions = extension;
    valid("extended_master_secret offered and not selected", "TLS12-5.4-04 DG-01", &changed, 0);
    changed.server_extensions = extension;
    refused_flight("extended_master_secret negotiated", "TLS12-5.4-04 DG-01", &changed);
    return;
  }
  changed.server_extensions = none;
  refused_flight("extended_master_secret in ClientHello alone", "TLS12-5.4-03 DG-02", &changed);
  changed = *good;
  changed.client_extensions = none;
  refused_flight("extended_master_secret in ServerHello alone", "TLS12-5.4-03 DG-02", &changed);
  changed.server_extensions = none;
  refused_flight("extended_master_secret in neither", "TLS12-5.4-03 TLS12-5-01 DG-02", &changed);
}

static void make(struct collection *collection, const char *name, unsigned of_type, const char *references) {
  struct flight good = start(collection, name, of_type, "Requests that carry a handshake");
  add_full(&good);
  add_dtls(&good);
  struct octets messages = flight_octets(&good);
  add_control(&group, "the shortest flight", references, question(messages), meaning(&good, 0, messages.len));
  add_suites(&good);
  refuse_order(&good);
  refuse_lengths(&good);
  refuse_payloads(&good);
  refuse_hellos(&good);
  refuse_suites(&good);
  refuse_extended(&good);
}

void make_tls12_handshakes(struct collection *collection) {
  make(collection, "tls12_rsa_master_with_poh_request", RSA_MASTER_POH,
       "TLS12-4-05 TLS12-4.1-08 TLS12-4.1-09 TLS12-4.1-10 TLS12-4.4-24 TLS12-4.4-04 PH-06");
  make(collection, "tls12_rsa_extended_master_request", EXTENDED,
       "TLS12-5.1-01 TLS12-5.1-03 TLS12-5.4-03 TLS12-5.1-05 TLS12-4.4-24");
  make(collection, "tls12_rsa_extended_master_with_poh_request", EXTENDED_POH,
       "TLS12-5.1-02 TLS12-5.1-05 TLS12-5.4-03 TLS12-4.4-24");
}
