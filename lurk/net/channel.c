/* What a channel is on every TLS library. */
#include "lurk/net/channel_internal.h"

#include "lurk/fault.h"
#include "lurk/net/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- faults --- */

void lurk_channel_note(lurk_channel *channel, const char *fault) {
  if (channel->failure[0] == '\0')
    snprintf(channel->failure, sizeof channel->failure, "%s", fault);
}

static lurk_status fail(lurk_channel *channel, const char *fault) {
  lurk_channel_note(channel, channel->transport.fault != NULL ? channel->transport.fault : fault);
  channel->state = LURK_CHANNEL_FAILED;
  return LURK_ERR_CLOSED;
}

/* --- life --- */

static lurk_status channel_new(lurk_credentials *credentials, const char *server_name, lurk_channel **out) {
  lurk_channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL)
    return LURK_ERR_MEMORY;
  channel->credentials = lurk_credentials_ref(credentials);
  channel->transport.server = credentials->role == LURK_CHANNEL_SERVER;
  lurk_status status = LURK_OK;
  if (server_name != NULL) {
    channel->server_name = strdup(server_name);
    if (channel->server_name == NULL)
      status = LURK_ERR_MEMORY;
  }
  if (status == LURK_OK)
    status = lurk_tls_open(channel);
  if (status == LURK_OK)
    *out = channel;
  else
    lurk_channel_free(channel);
  return status;
}

lurk_status lurk_channel_accept(lurk_credentials *credentials, lurk_channel **out) {
  return channel_new(credentials, NULL, out);
}

lurk_status lurk_channel_connect(lurk_credentials *credentials, const char *server_name, lurk_channel **out) {
  if (!lurk_dns_name_ok((const uint8_t *)server_name, strlen(server_name)))
    return LURK_ERR_MALFORMED;
  return channel_new(credentials, server_name, out);
}

void lurk_channel_free(lurk_channel *channel) {
  if (channel == NULL)
    return;
  lurk_tls_free(channel);
  lurk_peer_clear(&channel->peer);
  lurk_transport_clear(&channel->transport);
  lurk_credentials_unref(channel->credentials);
  free(channel->server_name);
  free(channel);
}

/* --- input --- */

static lurk_status drive_handshake(lurk_channel *channel) {
  switch (lurk_tls_handshake(channel)) {
  case LURK_TLS_DONE:
    break;
  case LURK_TLS_WAIT:
    return LURK_OK;
  default:
    return fail(channel, "handshake failed");
  }
  if (lurk_tls_peer(channel) != LURK_OK)
    return fail(channel, "names of the peer cannot be read");
  if (!channel->peer.authenticated && !LURK_FAULT(client_certificate_optional))
    return fail(channel, "no peer certificate");
  lurk_transport_fruitful(&channel->transport);
  channel->state = LURK_CHANNEL_OPEN;
  return LURK_OK;
}

lurk_status lurk_channel_feed(lurk_channel *channel, const uint8_t *data, size_t len) {
  if (channel->state == LURK_CHANNEL_FAILED || channel->state == LURK_CHANNEL_CLOSED)
    return LURK_ERR_CLOSED;
  lurk_status status = lurk_transport_feed(&channel->transport, data, len);
  if (status == LURK_ERR_MALFORMED)
    return fail(channel, "no TLS");
  if (status != LURK_OK)
    return status;
  return channel->state == LURK_CHANNEL_HANDSHAKING ? drive_handshake(channel) : LURK_OK;
}

void lurk_channel_eof(lurk_channel *channel) {
  if (channel->state == LURK_CHANNEL_HANDSHAKING)
    fail(channel, "peer has gone within the handshake");
  else if (channel->state == LURK_CHANNEL_OPEN && !LURK_FAULT(truncation_unnoticed))
    fail(channel, "truncated: no close_notify");
}

/* --- data --- */

lurk_status lurk_channel_read(lurk_channel *channel, uint8_t *buffer, size_t capacity, size_t *got) {
  *got = 0;
  if (channel->state == LURK_CHANNEL_FAILED)
    return LURK_ERR_CLOSED;
  if (channel->state != LURK_CHANNEL_OPEN || capacity == 0)
    return LURK_OK;
  switch (lurk_tls_read(channel, buffer, capacity, got)) {
  case LURK_TLS_DONE:
    lurk_transport_fruitful(&channel->transport);
    return LURK_OK;
  case LURK_TLS_WAIT:
    return LURK_OK;
  case LURK_TLS_END:
    channel->state = LURK_CHANNEL_CLOSED;
    return LURK_OK;
  default:
    return fail(channel, "cannot read");
  }
}

static bool can_send(const lurk_channel *channel) {
  return channel->state == LURK_CHANNEL_OPEN || channel->state == LURK_CHANNEL_CLOSED;
}

lurk_status lurk_channel_write(lurk_channel *channel, const uint8_t *data, size_t len) {
  if (!can_send(channel))
    return LURK_ERR_CLOSED;
  if (len == 0 || lurk_tls_write(channel, data, len) == LURK_TLS_DONE)
    return LURK_OK;
  return fail(channel, "cannot write");
}

void lurk_channel_close(lurk_channel *channel) {
  if (can_send(channel))
    lurk_tls_close(channel);
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

bool lurk_channel_is_named(const lurk_channel *channel, const char *name) {
  return lurk_peer_has_dns(&channel->credentials->own, name);
}

const char *lurk_channel_failure(const lurk_channel *channel) {
  return channel->failure;
}
