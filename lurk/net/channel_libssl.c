/* The channel with OpenSSL and BoringSSL. */
#include "lurk/net/libssl.h"

#include "lurk/fault.h"
#include "lurk/net/libssl_bio.h"
#include "lurk/net/peer.h"
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- faults --- */

void lurk_channel_note(lurk_channel *channel, const char *fault) {
  if (channel->failure[0] == '\0')
    snprintf(channel->failure, sizeof channel->failure, "%s", fault);
}

const char *lurk_channel_reason(void) {
  unsigned long error = ERR_peek_error();
  const char *reason = error == 0 ? NULL : ERR_reason_error_string(error);
  return reason == NULL ? "TLS library failed" : reason;
}

static lurk_status fail(lurk_channel *channel, const char *fault) {
  lurk_channel_note(channel, fault);
  channel->state = LURK_CHANNEL_FAILED;
  return LURK_ERR_CLOSED;
}

static lurk_status fail_in_library(lurk_channel *channel) {
  return fail(channel, channel->transport.fault != NULL ? channel->transport.fault : lurk_channel_reason());
}

/* --- life --- */

static bool attach_transport(lurk_channel *channel) {
  BIO *bio = lurk_libssl_bio(&channel->transport);
  if (bio == NULL)
    return false;
  SSL_set_bio(channel->ssl, bio, bio);
  return true;
}

static lurk_status channel_new(lurk_credentials *credentials, lurk_channel **out) {
  ERR_clear_error();
  lurk_channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL)
    return LURK_ERR_MEMORY;
  channel->credentials = lurk_credentials_ref(credentials);
  channel->transport.server = credentials->role == LURK_CHANNEL_SERVER;
  channel->ssl = SSL_new(credentials->context);
  if (channel->ssl == NULL || SSL_set_app_data(channel->ssl, channel) != 1 || !attach_transport(channel)) {
    lurk_channel_free(channel);
    return LURK_ERR_MEMORY;
  }
  *out = channel;
  return LURK_OK;
}

lurk_status lurk_channel_accept(lurk_credentials *credentials, lurk_channel **out) {
  lurk_status status = channel_new(credentials, out);
  if (status == LURK_OK)
    SSL_set_accept_state((*out)->ssl);
  return status;
}

lurk_status lurk_channel_connect(lurk_credentials *credentials, const char *server_name, lurk_channel **out) {
  if (!lurk_dns_name_ok((const uint8_t *)server_name, strlen(server_name)))
    return LURK_ERR_MALFORMED;
  lurk_channel *channel;
  lurk_status status = channel_new(credentials, &channel);
  if (status != LURK_OK)
    return status;
  X509_VERIFY_PARAM *parameters = SSL_get0_param(channel->ssl);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_host(parameters, server_name, strlen(server_name)) != 1 ||
      SSL_set_tlsext_host_name(channel->ssl, server_name) != 1) {
    lurk_channel_free(channel);
    return LURK_ERR_BACKEND;
  }
  SSL_set_connect_state(channel->ssl);
  *out = channel;
  return LURK_OK;
}

void lurk_channel_free(lurk_channel *channel) {
  if (channel == NULL)
    return;
  SSL_free(channel->ssl);
  lurk_peer_clear(&channel->peer);
  lurk_transport_clear(&channel->transport);
  lurk_credentials_unref(channel->credentials);
  free(channel);
}

/* --- handshake --- */

static lurk_status take_peer(lurk_channel *channel) {
  X509 *leaf = SSL_get_peer_certificate(channel->ssl);
  if (leaf == NULL)
    return LURK_FAULT(client_certificate_optional) ? LURK_OK : fail(channel, "no peer certificate");
  lurk_status status = lurk_libssl_peer(leaf, &channel->peer);
  X509_free(leaf);
  return status == LURK_OK ? LURK_OK : fail(channel, "names of the peer cannot be read");
}

static lurk_status finish_handshake(lurk_channel *channel) {
  /* CH-13. The libraries refuse renegotiation itself, but still talk to a peer that does not know RFC 5746.
   */
  if (SSL_version(channel->ssl) == TLS1_2_VERSION && SSL_get_secure_renegotiation_support(channel->ssl) != 1)
    return fail(channel, "peer lacks renegotiation_info");
  lurk_status status = take_peer(channel);
  if (status != LURK_OK)
    return status;
  lurk_transport_fruitful(&channel->transport);
  channel->state = LURK_CHANNEL_OPEN;
  return LURK_OK;
}

static lurk_status drive_handshake(lurk_channel *channel) {
  ERR_clear_error();
  int result = SSL_do_handshake(channel->ssl);
  if (result == 1)
    return finish_handshake(channel);
  if (SSL_get_error(channel->ssl, result) == SSL_ERROR_WANT_READ)
    return LURK_OK;
  return fail_in_library(channel);
}

lurk_status lurk_channel_feed(lurk_channel *channel, const uint8_t *data, size_t len) {
  if (channel->state == LURK_CHANNEL_FAILED || channel->state == LURK_CHANNEL_CLOSED)
    return LURK_ERR_CLOSED;
  lurk_status status = lurk_transport_feed(&channel->transport, data, len);
  if (status == LURK_ERR_MALFORMED)
    return fail_in_library(channel);
  if (status != LURK_OK)
    return status;
  return channel->state == LURK_CHANNEL_HANDSHAKING ? drive_handshake(channel) : LURK_OK;
}

void lurk_channel_eof(lurk_channel *channel) {
  if (channel->state == LURK_CHANNEL_HANDSHAKING)
    fail(channel, "peer has gone within the handshake");
  else if (channel->state == LURK_CHANNEL_OPEN)
    fail(channel, "truncated: no close_notify");
}

/* --- data --- */

lurk_status lurk_channel_read(lurk_channel *channel, uint8_t *buffer, size_t capacity, size_t *got) {
  *got = 0;
  if (channel->state == LURK_CHANNEL_FAILED)
    return LURK_ERR_CLOSED;
  if (channel->state != LURK_CHANNEL_OPEN || capacity == 0)
    return LURK_OK;
  ERR_clear_error();
  int result = SSL_read(channel->ssl, buffer, capacity > 1 << 20 ? 1 << 20 : (int)capacity);
  if (result > 0) {
    *got = (size_t)result;
    lurk_transport_fruitful(&channel->transport);
    return LURK_OK;
  }
  switch (SSL_get_error(channel->ssl, result)) {
  case SSL_ERROR_WANT_READ:
    return LURK_OK;
  case SSL_ERROR_ZERO_RETURN:
    channel->state = LURK_CHANNEL_CLOSED;
    return LURK_OK;
  default:
    return fail_in_library(channel);
  }
}

lurk_status lurk_channel_write(lurk_channel *channel, const uint8_t *data, size_t len) {
  if (channel->state != LURK_CHANNEL_OPEN && channel->state != LURK_CHANNEL_CLOSED)
    return LURK_ERR_CLOSED;
  ERR_clear_error();
  while (len > 0) {
    int result = SSL_write(channel->ssl, data, len > 1 << 20 ? 1 << 20 : (int)len);
    if (result <= 0)
      return fail_in_library(channel);
    data += result;
    len -= (size_t)result;
  }
  return LURK_OK;
}

void lurk_channel_close(lurk_channel *channel) {
  ERR_clear_error();
  if (channel->state == LURK_CHANNEL_OPEN || channel->state == LURK_CHANNEL_CLOSED)
    SSL_shutdown(channel->ssl);
}

void lurk_channel_output(lurk_channel *channel, const uint8_t **data, size_t *len) {
  *data = lurk_buffer_data(&channel->transport.out);
  *len = channel->transport.out.len;
}

void lurk_channel_output_taken(lurk_channel *channel, size_t len) {
  lurk_buffer_consume(&channel->transport.out, len);
}

/* --- questions --- */

enum lurk_channel_state lurk_channel_state(const lurk_channel *channel) {
  return channel->state;
}

const struct lurk_peer *lurk_channel_peer(const lurk_channel *channel) {
  return channel->transport.open ? &channel->peer : NULL;
}

const char *lurk_channel_failure(const lurk_channel *channel) {
  return channel->failure;
}
