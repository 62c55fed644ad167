/* Sessions on GnuTLS. */
#include "lurk/net/gnutls_internal.h"

#include "lurk/fault.h"
#include "lurk/net/peer.h"
#include <errno.h>
#include <string.h>

/* --- faults --- */

static const char *reason_of(gnutls_session_t session, int result) {
  const char *alert = NULL;
  if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
    alert = gnutls_alert_get_name(gnutls_alert_get(session));
  return alert != NULL ? alert : gnutls_strerror(result);
}

/* Unlike the other libraries GnuTLS leaves most alerts to its caller. */
static enum lurk_tls_result fail(lurk_channel *channel, int result) {
  const char *fault = channel->transport.fault;
  lurk_channel_note(channel, fault != NULL ? fault : reason_of(channel->tls, result));
  if (result == GNUTLS_E_REHANDSHAKE)
    gnutls_alert_send(channel->tls, GNUTLS_AL_FATAL, GNUTLS_A_NO_RENEGOTIATION);
  else if (result != GNUTLS_E_FATAL_ALERT_RECEIVED)
    gnutls_alert_send_appropriate(channel->tls, result);
  return LURK_TLS_FAILED;
}

/* Warning alerts and interrupted calls go on; the transport counts records that bring nothing. */
static bool goes_on(int result) {
  return result == GNUTLS_E_INTERRUPTED || result == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

/* --- transport --- */

static ssize_t pull(gnutls_transport_ptr_t pointer, void *data, size_t len) {
  lurk_channel *channel = pointer;
  ptrdiff_t got = lurk_transport_pull(&channel->transport, data, len);
  if (got > 0)
    return got;
  gnutls_transport_set_errno(channel->tls, got == 0 ? EAGAIN : EIO);
  return -1;
}

static int pull_timeout(gnutls_transport_ptr_t pointer, unsigned ms) {
  (void)ms;
  const lurk_channel *channel = pointer;
  return channel->transport.in.len > 0;
}

static ssize_t push(gnutls_transport_ptr_t pointer, const void *data, size_t len) {
  lurk_channel *channel = pointer;
  if (lurk_buffer_append(&channel->transport.out, data, len))
    return (ssize_t)len;
  gnutls_transport_set_errno(channel->tls, ENOMEM);
  return -1;
}

/* --- verification --- */

/* The library's own comparison falls back to the CN when there is no SAN. */
static const char *name_fault(gnutls_x509_crt_t leaf, const char *server_name) {
  struct lurk_peer peer = {0};
  bool fits = lurk_gnutls_peer(leaf, &peer) == LURK_OK && lurk_peer_has_dns(&peer, server_name);
  lurk_peer_clear(&peer);
  return fits ? NULL : "hostname mismatch";
}

static const char *judge(lurk_channel *channel, const gnutls_x509_crt_t *certificates, unsigned count) {
  const struct lurk_gnutls_credentials *own = channel->credentials->tls;
  enum lurk_channel_role role =
      channel->credentials->role == LURK_CHANNEL_SERVER ? LURK_CHANNEL_CLIENT : LURK_CHANNEL_SERVER;
  const char *fault = lurk_gnutls_chain_fault(own, certificates, count, role);
  if (fault == NULL && channel->server_name != NULL && !LURK_FAULT(key_server_name_not_checked))
    fault = name_fault(certificates[0], channel->server_name);
  return fault;
}

static const char *path_fault(lurk_channel *channel) {
  bool server = channel->credentials->role == LURK_CHANNEL_SERVER;
  const char *purpose = server ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER;
  gnutls_typed_vdata_st wanted = {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)purpose, 0};
  unsigned status = 0;
  if (gnutls_certificate_verify_peers(channel->tls, &wanted, 1, &status) != 0)
    return "certificate verification failed";
  static const struct {
    unsigned bit;
    const char *fault;
  } faults[] = {
      {GNUTLS_CERT_EXPIRED, "certificate has expired"},
      {GNUTLS_CERT_NOT_ACTIVATED, "certificate is not yet valid"},
      {GNUTLS_CERT_INSECURE_ALGORITHM, LURK_WEAK_SIGNATURE},
      {GNUTLS_CERT_PURPOSE_MISMATCH, "unsuitable certificate purpose"},
      {GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, "constraints of the issuer violated"},
      {GNUTLS_CERT_SIGNER_NOT_CA, "issuer is no CA"},
      {GNUTLS_CERT_SIGNATURE_FAILURE, "certificate signature failure"},
      {GNUTLS_CERT_SIGNER_NOT_FOUND, "unable to get issuer certificate"},
  };
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
    if (status & faults[i].bit)
      return faults[i].fault;
  return status == 0 ? NULL : "certificate is not trusted";
}

static const char *chain_fault(lurk_channel *channel, const gnutls_datum_t *sent, unsigned count) {
  gnutls_x509_crt_t certificates[LURK_GNUTLS_CHAIN];
  const char *fault = count > LURK_GNUTLS_CHAIN ? "certificate chain too long" : NULL;
  unsigned made = 0;
  while (fault == NULL && made < count) {
    if (gnutls_x509_crt_init(&certificates[made]) != 0) {
      fault = "out of memory";
      break;
    }
    if (gnutls_x509_crt_import(certificates[made], &sent[made], GNUTLS_X509_FMT_DER) != 0)
      fault = "malformed certificate";
    made++;
  }
  if (fault == NULL)
    fault = judge(channel, certificates, count);
  while (made > 0)
    gnutls_x509_crt_deinit(certificates[--made]);
  return fault;
}

int lurk_gnutls_verify(gnutls_session_t session) {
  lurk_channel *channel = gnutls_session_get_ptr(session);
  unsigned count = 0;
  const gnutls_datum_t *sent = gnutls_certificate_get_peers(session, &count);
  if (sent == NULL || count == 0)
    return LURK_FAULT(client_certificate_optional) ? 0 : GNUTLS_E_NO_CERTIFICATE_FOUND;
  const char *fault = path_fault(channel);
  if (fault == NULL)
    fault = chain_fault(channel, sent, count);
  if (fault == NULL || LURK_FAULT(key_server_certificate_unverified))
    return 0;
  lurk_channel_note(channel, fault);
  return GNUTLS_E_CERTIFICATE_ERROR;
}

/* --- sessions --- */

/* GnuTLS writes every session's secrets to the file that SSLKEYLOGFILE names; a session with a function of
 * its own does not. */
static int log_secret(gnutls_session_t session, const char *label, const gnutls_datum_t *secret) {
  const lurk_channel *channel = gnutls_session_get_ptr(session);
  if (channel->credentials->key_log == NULL)
    return 0;
  gnutls_datum_t client_random, server_random;
  char random_hex[2 * 32 + 1], secret_hex[2 * 64 + 1];
  size_t random_len = sizeof random_hex, secret_len = sizeof secret_hex;
  gnutls_session_get_random(session, &client_random, &server_random);
  if (gnutls_hex_encode(&client_random, random_hex, &random_len) == 0 &&
      gnutls_hex_encode(secret, secret_hex, &secret_len) == 0)
    fprintf(channel->credentials->key_log, "%s %s %s\n", label, random_hex, secret_hex);
  gnutls_memset(secret_hex, 0, sizeof secret_hex);
  return 0;
}

static int configure(lurk_channel *channel) {
  const struct lurk_gnutls_credentials *own = channel->credentials->tls;
  gnutls_session_t session = channel->tls;
  const gnutls_datum_t alpn = {(unsigned char *)LURK_CHANNEL_ALPN, sizeof LURK_CHANNEL_ALPN - 1};
  bool server = channel->credentials->role == LURK_CHANNEL_SERVER;
  gnutls_session_set_ptr(session, channel);
  gnutls_session_set_keylog_function(session, log_secret);
  gnutls_transport_set_ptr(session, channel);
  gnutls_transport_set_pull_function(session, pull);
  gnutls_transport_set_pull_timeout_function(session, pull_timeout);
  gnutls_transport_set_push_function(session, push);
  gnutls_handshake_set_max_packet_length(session, LURK_HANDSHAKE_OCTETS);
  if (server)
    gnutls_certificate_server_set_request(
        session, LURK_FAULT(client_certificate_optional) ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_REQUIRE);
  int result = gnutls_priority_set(session, own->priority);
  if (result == 0)
    result = gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, own->set);
  if (result == 0)
    result = channel->credentials->no_alpn
                 ? 0
                 : gnutls_alpn_set_protocols(session, &alpn, 1, server ? GNUTLS_ALPN_MANDATORY : 0);
  if (result == 0 && !server)
    result =
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, channel->server_name, strlen(channel->server_name));
  return result;
}

/* No tickets, and no session database either: nothing is ever resumed (CH-12). */
lurk_status lurk_tls_open(lurk_channel *channel) {
  unsigned role = channel->credentials->role == LURK_CHANNEL_SERVER ? GNUTLS_SERVER : GNUTLS_CLIENT;
  gnutls_session_t session;
  if (gnutls_init(&session, role | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS) != 0)
    return LURK_ERR_MEMORY;
  channel->tls = session;
  return configure(channel) == 0 ? LURK_OK : LURK_ERR_BACKEND;
}

void lurk_tls_free(lurk_channel *channel) {
  if (channel->tls != NULL)
    gnutls_deinit(channel->tls);
}

enum lurk_tls_result lurk_tls_handshake(lurk_channel *channel) {
  int result;
  do
    result = gnutls_handshake(channel->tls);
  while (goes_on(result));
  if (result == 0) {
    channel->transport.opaque = gnutls_protocol_get_version(channel->tls) == GNUTLS_TLS1_3;
    return LURK_TLS_DONE;
  }
  return result == GNUTLS_E_AGAIN ? LURK_TLS_WAIT : fail(channel, result);
}

lurk_status lurk_tls_peer(lurk_channel *channel) {
  unsigned count = 0;
  const gnutls_datum_t *sent = gnutls_certificate_get_peers(channel->tls, &count);
  gnutls_x509_crt_t leaf;
  if (sent == NULL || count == 0)
    return LURK_OK;
  if (gnutls_x509_crt_init(&leaf) != 0)
    return LURK_ERR_MEMORY;
  lurk_status status = gnutls_x509_crt_import(leaf, &sent[0], GNUTLS_X509_FMT_DER) == 0
                           ? lurk_gnutls_peer(leaf, &channel->peer)
                           : LURK_ERR_MALFORMED;
  gnutls_x509_crt_deinit(leaf);
  return status;
}

/* GNUTLS_E_AGAIN also stands for "a ticket or KeyUpdate was read": only an empty queue means waiting. */
enum lurk_tls_result lurk_tls_read(lurk_channel *channel, uint8_t *data, size_t capacity, size_t *got) {
  const struct lurk_buffer *queue = &channel->transport.in;
  ssize_t result;
  size_t before;
  do {
    before = queue->len;
    result = gnutls_record_recv(channel->tls, data, capacity);
  } while (goes_on((int)result) || (result == GNUTLS_E_AGAIN && queue->len > 0 && queue->len < before));
  if (result == GNUTLS_E_AGAIN)
    return LURK_TLS_WAIT;
  if (result < 0)
    return fail(channel, (int)result);
  *got = (size_t)result;
  return result == 0 ? LURK_TLS_END : LURK_TLS_DONE;
}

enum lurk_tls_result lurk_tls_write(lurk_channel *channel, const uint8_t *data, size_t len) {
  while (len > 0) {
    ssize_t result = gnutls_record_send(channel->tls, data, len);
    if (result <= 0)
      return fail(channel, (int)result);
    data += result;
    len -= (size_t)result;
  }
  return LURK_TLS_DONE;
}

void lurk_tls_close(lurk_channel *channel) {
  gnutls_bye(channel->tls, GNUTLS_SHUT_WR);
}
