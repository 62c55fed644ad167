#include "vectors/generator/lurk.h"

#include "lurk/crypto/der.h"

enum {
  CLIENT_HELLO = 1,
  SERVER_HELLO = 2,
  CERTIFICATE = 11,
  SERVER_HELLO_DONE = 14,
  CLIENT_KEY_EXCHANGE = 16,
};

struct octets sha256_of(struct octets message) {
  uint8_t *digest = octets_new(LURK_MAX_HASH_LEN);
  if (lurk_digest(LURK_SHA256, message.at, message.len, digest) != LURK_OK)
    die("SHA-256 failed");
  return (struct octets){digest, 32};
}

struct octets tls12_random(struct drbg *drbg) {
  return CAT(U32(TLS12_TIME), drbg_octets(drbg, 28));
}

struct octets key_bits(const struct key *key) {
  struct lurk_der in = {key->spki.at, key->spki.len}, spki, algorithm, bits;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &spki) || !lurk_der_take(&spki, LURK_DER_SEQUENCE, &algorithm) ||
      !lurk_der_take_bits(&spki, &bits))
    die("%s has no public key", key->name);
  return (struct octets){bits.data, bits.len};
}

struct octets tls12_key_id(const struct key *key) {
  bool rsa = lurk_private_key_type(key->key) == LURK_KEY_RSA;
  return octets_first(sha256_of(rsa ? key_bits(key) : key->spki), 4);
}

struct octets tls12_freshness(struct octets server_random) {
  struct octets digest = sha256_of(CAT(server_random, octets_text("tls12 pfs")));
  return CAT(octets_first(server_random, 4), octets_part(digest, 4, 28));
}

static struct message head(struct octets key_id) {
  struct message message = {.count = 0};
  message_add(&message, "key_id_type", U8(0));
  message_add(&message, "key_id", key_id);
  message_add(&message, "freshness", U8(0));
  return message;
}

struct message tls12_rsa_master(struct drbg *drbg, struct octets key_id, struct octets ciphertext) {
  struct message message = head(key_id);
  message_add(&message, "prf_hash", U8(0));
  message_add(&message, "client_random", tls12_random(drbg));
  message_add(&message, "server_random", tls12_random(drbg));
  message_add(&message, "premaster_length", U16(ciphertext.len));
  message_add(&message, "encrypted_premaster", ciphertext);
  return message;
}

struct message tls12_ecdhe(struct drbg *drbg, struct octets key_id, uint16_t scheme, uint16_t group,
                           struct octets point) {
  struct message message = head(key_id);
  message_add(&message, "client_random", tls12_random(drbg));
  message_add(&message, "server_random", tls12_random(drbg));
  message_add(&message, "sig_and_hash", U16(scheme));
  message_add(&message, "curve_type", U8(3));
  message_add(&message, "named_curve", U16(group));
  message_add(&message, "point_length", U8(point.len));
  message_add(&message, "point", point);
  message_add(&message, "poo_prf", U8(0));
  message_add(&message, "vG_length", octets_text(""));
  message_add(&message, "vG", octets_text(""));
  message_add(&message, "r", octets_text(""));
  return message;
}

struct message tls12_handshake(struct octets key_id, struct octets messages, struct octets verify_data) {
  struct message message = head(key_id);
  message_add(&message, "messages_length", U16(messages.len));
  message_add(&message, "messages", messages);
  message_add(&message, "verify_data", verify_data);
  return message;
}

struct octets handshake_message(unsigned type, struct octets body) {
  return CAT(U8(type), octets_vector(3, body));
}

struct flight flight_of(struct drbg *drbg, bool extended, struct octets certificate,
                        struct octets ciphertext) {
  struct octets extensions = octets_hex(extended ? EXTENDED_MASTER_SECRET : "");
  struct octets client_random = tls12_random(drbg), server_random = tls12_random(drbg);
  return (struct flight){.version = 0x0303,
                         .server_version = 0x0303,
                         .client_random = client_random,
                         .server_random = server_random,
                         .suites = octets_hex("009c 009d"),
                         .suite = 0x009c,
                         .client_extensions = extensions,
                         .server_extensions = extensions,
                         .certificate = certificate,
                         .ciphertext = ciphertext};
}

static struct octets extensions_of(struct octets extensions) {
  return extensions.len > 0 ? octets_vector(2, extensions) : extensions;
}

struct message flight_messages(const struct flight *flight) {
  struct octets none = octets_text("");
  struct octets client_hello =
      CAT(U16(flight->version), flight->client_random, U8(0), octets_vector(2, flight->suites),
          octets_hex("0100"), extensions_of(flight->client_extensions));
  struct octets server_hello =
      CAT(U16(flight->server_version), flight->server_random, octets_vector(1, flight->session_id),
          U16(flight->suite), U8(0), extensions_of(flight->server_extensions));
  struct octets certificates = octets_vector(3, octets_vector(3, flight->certificate));
  struct message messages = {.count = 0};
  message_add(&messages, "client_hello", handshake_message(CLIENT_HELLO, client_hello));
  message_add(&messages, "server_hello", handshake_message(SERVER_HELLO, server_hello));
  message_add(&messages, "certificate", handshake_message(CERTIFICATE, certificates));
  message_add(&messages, "certificate_status", none);
  message_add(&messages, "certificate_request", none);
  message_add(&messages, "server_hello_done", handshake_message(SERVER_HELLO_DONE, none));
  message_add(&messages, "client_certificate", none);
  message_add(&messages, "client_key_exchange",
              handshake_message(CLIENT_KEY_EXCHANGE, octets_vector(2, flight->ciphertext)));
  message_add(&messages, "certificate_verify", none);
  return messages;
}

struct octets flight_octets(const struct flight *flight) {
  struct message messages = flight_messages(flight);
  return message_octets(&messages);
}

struct octets flight_on_the_wire(const struct flight *flight) {
  struct flight wire = *flight;
  wire.server_random = tls12_freshness(flight->server_random);
  return flight_octets(&wire);
}
