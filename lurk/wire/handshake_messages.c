#include "lurk/wire/handshake_messages.h"

#include "lurk/fault.h"
#include "lurk/wire/handshake_hello.h"
#include "lurk/wire/lurk_rsa_suites.h"
#include "lurk/wire/trusting.h"
#include <string.h>

/* RFC 5246 §7.4, RFC 6066 §8 */
enum message_type {
  CLIENT_HELLO = 1,
  SERVER_HELLO = 2,
  HELLO_VERIFY_REQUEST = 3,
  CERTIFICATE = 11,
  CERTIFICATE_REQUEST = 13,
  SERVER_HELLO_DONE = 14,
  CERTIFICATE_VERIFY = 15,
  CLIENT_KEY_EXCHANGE = 16,
  CERTIFICATE_STATUS = 22,
};

enum side { CLIENT, SERVER };

/* A walk through the list. The first fault ends it; status and *error tell of it. */
struct walk {
  struct lurk_reader reader;
  struct lurk_reader message; /* where the last message begins */
  bool dtls;
  bool heard[2]; /* by side: a message has come, and the next one is numbered next_seq (DTLS) */
  uint16_t next_seq[2];
  struct lurk_decode_error *error;
  struct lurk_handshake_messages *out;
};

static bool stop(struct walk *walk, const struct lurk_reader *at, const char *field) {
  lurk_reader_blame(at, field, walk->error);
  return false;
}

/* --- messages and their headers --- */

/* A TLS ClientHello has client_version behind its header; in DTLS message_seq stands there, the version eight
 * octets later (RFC 6347 §4.2.2). */
static bool detect_version(struct walk *walk) {
  struct lurk_reader tls = walk->reader, dtls = walk->reader;
  const uint8_t *header;
  uint16_t version;
  walk->dtls = false;
  if (lurk_read_octets(&tls, 4, &header) && lurk_read_u16(&tls, &version) && version == LURK_TLS_1_2)
    return true;
  walk->dtls = true;
  if (lurk_read_octets(&dtls, 12, &header) && lurk_read_u16(&dtls, &version) && version == LURK_DTLS_1_2)
    return true;
  walk->dtls = false;
  return LURK_FAULT(client_version_ignored) || stop(walk, &walk->reader, "ClientHello of version 1.2");
}

/* message_seq, fragment_offset and fragment_length: in one piece, in order. */
static bool read_dtls_header(struct walk *walk, enum side side, uint32_t len) {
  uint16_t seq;
  uint32_t fragment_offset, fragment_len;
  if (!lurk_read_u16(&walk->reader, &seq) || !lurk_read_u24(&walk->reader, &fragment_offset) ||
      !lurk_read_u24(&walk->reader, &fragment_len) || fragment_offset != 0 || fragment_len != len)
    return false;
  /* Where a side begins depends on a HelloVerifyRequest that is not in the list. */
  if ((walk->heard[side] && seq != walk->next_seq[side]) ||
      (!walk->heard[side] && seq != 0 && LURK_FAULT(dtls_numbers_from_zero)))
    return false;
  walk->heard[side] = true;
  walk->next_seq[side] = (uint16_t)(seq + 1);
  return true;
}

static bool next_is(const struct walk *walk, enum message_type type) {
  return walk->reader.left > 0 && walk->reader.at[0] == type;
}

static bool body_ends(const struct lurk_reader *body) {
  return lurk_reader_finished(body) || LURK_FAULT(message_octets_left_over);
}

static bool read_message(struct walk *walk, enum side side, enum message_type type, const char *name,
                         struct lurk_reader *body) {
  uint8_t type_octet;
  uint32_t len;
  const uint8_t *octets;
  walk->message = walk->reader;
  if (!next_is(walk, type) || !lurk_read_u8(&walk->reader, &type_octet) ||
      !lurk_read_u24(&walk->reader, &len) || (walk->dtls && !read_dtls_header(walk, side, len)))
    return stop(walk, &walk->message, name);
  *body = walk->reader;
  if (!lurk_read_octets(&walk->reader, len, &octets) &&
      !(LURK_FAULT(handshake_message_trusted) && lurk_trusting_octets(&walk->reader, len, &octets)))
    return stop(walk, &walk->message, name);
  body->left = len;
  return true;
}

/* --- the messages, one by one --- */

static bool read_client_hello(struct walk *walk, struct lurk_client_hello *hello) {
  struct lurk_reader body;
  if (!read_message(walk, CLIENT, CLIENT_HELLO, "ClientHello", &body) ||
      lurk_client_hello_read(body, walk->dtls, hello, walk->error) != LURK_OK)
    return false;
  walk->out->client_version = hello->version;
  walk->out->client_random = hello->random;
  walk->out->client_offers_ems = hello->extensions.extended_master_secret;
  return true;
}

static bool read_server_hello(struct walk *walk, const struct lurk_client_hello *client,
                              struct lurk_server_hello *hello) {
  struct lurk_reader body;
  if (!read_message(walk, SERVER, SERVER_HELLO, "ServerHello", &body) ||
      lurk_server_hello_read(body, hello, walk->error) != LURK_OK)
    return false;
  if (((hello->version != client->version || hello->extensions.supported_versions) &&
       !LURK_FAULT(server_version_ignored)) ||
      (client->extensions.supported_versions && LURK_FAULT(tls13_offer_refused)))
    return stop(walk, &walk->message, "version of ServerHello");
  if ((hello->compression != 0 || !lurk_client_hello_offers_compression(client, hello->compression)) &&
      !LURK_FAULT(compression_ignored))
    return stop(walk, &walk->message, "compression of ServerHello");
  if (hello->extensions.extended_master_secret && !client->extensions.extended_master_secret &&
      !LURK_FAULT(ems_of_server_alone))
    return stop(walk, &walk->message, "extended_master_secret in ServerHello alone");
  walk->out->server_random = hello->random;
  walk->out->session_id = hello->session_id.at;
  walk->out->session_id_len = hello->session_id.left;
  walk->out->cipher_suite = hello->cipher_suite;
  walk->out->server_selects_ems = hello->extensions.extended_master_secret;
  return true;
}

/* Certificate<0..2^24-1> of ASN.1Cert<1..2^24-1> (RFC 5246 §7.4.2); *first has no octets when there is none.
 */
static bool read_certificates(struct walk *walk, enum side side, struct lurk_reader *first) {
  struct lurk_reader body, list, certificate;
  if (!read_message(walk, side, CERTIFICATE, "Certificate", &body))
    return false;
  if (!lurk_read_vector(&body, 3, &list) || !body_ends(&body))
    return stop(walk, &body, "certificate_list");
  *first = (struct lurk_reader){.left = 0};
  while (!lurk_reader_finished(&list)) {
    struct lurk_reader field = list;
    if (!lurk_read_vector(&list, 3, &certificate) || certificate.left == 0)
      return stop(walk, &field, "ASN.1Cert");
    if (first->left == 0)
      *first = certificate;
  }
  return true;
}

static bool read_server_certificates(struct walk *walk) {
  struct lurk_reader leaf;
  if (!read_certificates(walk, SERVER, &leaf))
    return false;
  if (leaf.left == 0)
    return stop(walk, &walk->message, "certificate of the server");
  walk->out->certificate = leaf.at;
  walk->out->certificate_len = leaf.left;
  return true;
}

/* What it says is the client's business; that it is one is ours. */
static bool read_certificate_request(struct walk *walk) {
  struct lurk_reader body, types, schemes, authorities;
  if (!read_message(walk, SERVER, CERTIFICATE_REQUEST, "CertificateRequest", &body))
    return false;
  if (!lurk_read_vector(&body, 1, &types) || types.left == 0 || !lurk_read_vector(&body, 2, &schemes) ||
      schemes.left == 0 || schemes.left % 2 != 0 || !lurk_read_vector(&body, 2, &authorities) ||
      !body_ends(&body))
    return stop(walk, &walk->message, "fields of CertificateRequest");
  return true;
}

static bool read_client_key_exchange(struct walk *walk) {
  struct lurk_reader body, premaster;
  if (!read_message(walk, CLIENT, CLIENT_KEY_EXCHANGE, "ClientKeyExchange", &body))
    return false;
  if (!lurk_read_vector(&body, 2, &premaster) || !body_ends(&body))
    return stop(walk, &body, "EncryptedPreMasterSecret");
  walk->out->encrypted_premaster = premaster.at;
  walk->out->encrypted_premaster_len = premaster.left;
  return true;
}

static bool read_certificate_verify(struct walk *walk) {
  struct lurk_reader body, signature;
  uint16_t scheme;
  if (!read_message(walk, CLIENT, CERTIFICATE_VERIFY, "CertificateVerify", &body))
    return false;
  if (!lurk_read_u16(&body, &scheme) || !lurk_read_vector(&body, 2, &signature) || !body_ends(&body))
    return stop(walk, &walk->message, "fields of CertificateVerify");
  return true;
}

/* --- the flight --- */

#ifdef LURK_FAULTS
/* What came before the cookie; then the one ClientHello that should have been the first. */
static bool skip_verify_request(struct walk *walk, struct lurk_client_hello *client) {
  struct lurk_reader body;
  return read_message(walk, SERVER, HELLO_VERIFY_REQUEST, "HelloVerifyRequest", &body) &&
         (!next_is(walk, CLIENT_HELLO) || read_client_hello(walk, client));
}
#endif

static bool read_hellos(struct walk *walk, struct lurk_client_hello *client,
                        struct lurk_server_hello *server) {
  if (!detect_version(walk) || !read_client_hello(walk, client))
    return false;
#ifdef LURK_FAULTS
  if (next_is(walk, HELLO_VERIFY_REQUEST) && LURK_FAULT(hello_verify_request_taken) &&
      !skip_verify_request(walk, client))
    return false;
#endif
  return read_server_hello(walk, client, server);
}

/* From Certificate to ServerHelloDone. */
static bool read_server_flight(struct walk *walk, bool may_have_status, bool *client_certificate_requested) {
  struct lurk_reader body;
#ifdef LURK_FAULTS
  if (next_is(walk, SERVER_HELLO_DONE) && LURK_FAULT(done_before_certificate_taken)) {
    *client_certificate_requested = false;
    return read_message(walk, SERVER, SERVER_HELLO_DONE, "ServerHelloDone", &body) &&
           read_server_certificates(walk);
  }
#endif
  if (!read_server_certificates(walk))
    return false;
  if (may_have_status && next_is(walk, CERTIFICATE_STATUS) &&
      !read_message(walk, SERVER, CERTIFICATE_STATUS, "CertificateStatus", &body))
    return false;
  *client_certificate_requested = next_is(walk, CERTIFICATE_REQUEST);
  if (*client_certificate_requested && !read_certificate_request(walk))
    return false;
  if (!next_is(walk, SERVER_HELLO_DONE) && LURK_FAULT(server_hello_done_optional))
    return true;
  if (!read_message(walk, SERVER, SERVER_HELLO_DONE, "ServerHelloDone", &body))
    return false;
  return body_ends(&body) || stop(walk, &body, "end of ServerHelloDone");
}

static bool read_client_flight(struct walk *walk, bool certificate_requested, bool until_key_exchange) {
  struct lurk_reader certificate = {.left = 0};
  if (certificate_requested && !read_certificates(walk, CLIENT, &certificate))
    return false;
  if (!read_client_key_exchange(walk))
    return false;
  walk->out->session_len = lurk_reader_offset(&walk->reader);
  if (certificate.left > 0 && !until_key_exchange && !read_certificate_verify(walk))
    return false;
#ifdef LURK_FAULTS
  if (lurk_reader_offset(&walk->reader) != walk->out->session_len && LURK_FAULT(session_hash_to_the_end))
    walk->out->session_len = lurk_reader_offset(&walk->reader);
#endif
  return lurk_reader_finished(&walk->reader) || LURK_FAULT(handshake_left_over) ||
         stop(walk, &walk->reader, "end of handshake_messages");
}

/* RFC 7627 §5.2, §5.3: the exchange that does not fit what was negotiated would give another master secret
 * than the client's (DG-01, DG-02). */
static bool derivation_fits(struct walk *walk, enum lurk_tls12_type type) {
  bool extended = type != LURK_TLS12_RSA_MASTER_WITH_POH;
  return walk->out->server_selects_ems == extended || LURK_FAULT(ems_not_required) ||
         stop(walk, &walk->message, "extended_master_secret for this exchange");
}

enum lurk_tls12_status lurk_handshake_messages_decode(enum lurk_tls12_type type, const uint8_t *list,
                                                      size_t len, struct lurk_handshake_messages *out,
                                                      struct lurk_decode_error *error) {
  struct lurk_handshake_messages messages = {.list = list, .list_len = len};
  struct walk walk = {.error = error, .out = &messages};
  struct lurk_client_hello client;
  struct lurk_server_hello server;
  bool certificate_requested;

  lurk_reader_init(&walk.reader, list, len);
  if (!read_hellos(&walk, &client, &server))
    return LURK_TLS12_INVALID_PAYLOAD_FORMAT;
  if (!lurk_rsa_suite_prf(messages.cipher_suite, &messages.prf_hash) && !LURK_FAULT(any_suite_taken)) {
    stop(&walk, &walk.message, "cipher_suite of ServerHello");
    return LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH;
  }
  if (!lurk_client_hello_offers_suite(&client, messages.cipher_suite) &&
      !LURK_FAULT(suite_not_offered_taken)) {
    stop(&walk, &walk.message, "cipher_suite of ServerHello in ClientHello");
    return LURK_TLS12_INVALID_PAYLOAD_FORMAT;
  }
  if (!derivation_fits(&walk, type) ||
      !read_server_flight(&walk, server.extensions.status_request, &certificate_requested) ||
      !read_client_flight(&walk, certificate_requested, type == LURK_TLS12_RSA_EXTENDED_MASTER))
    return LURK_TLS12_INVALID_PAYLOAD_FORMAT;
  *out = messages;
  return LURK_TLS12_SUCCESS;
}

lurk_status lurk_handshake_messages_with_random(const struct lurk_handshake_messages *messages,
                                                const uint8_t random[LURK_RANDOM_LEN],
                                                struct lurk_octets *out) {
  if (!lurk_octets_copy(out, messages->list, messages->list_len))
    return LURK_ERR_MEMORY;
  memcpy(out->data + (messages->server_random - messages->list), random, LURK_RANDOM_LEN);
  return LURK_OK;
}
