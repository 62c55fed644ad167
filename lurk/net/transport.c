#include "lurk/net/transport.h"

#include "lurk/fault.h"
#include <string.h>

enum {
  RECORD_ALERT = 21,
  RECORD_HANDSHAKE = 22,
  RECORD_APPLICATION_DATA = 23,
  FATAL = 2,
  UNEXPECTED_MESSAGE = 10,
  PROTOCOL_VERSION = 70
};

static lurk_status refuse(struct lurk_transport *transport, const char *fault, uint8_t description) {
  const uint8_t alert[] = {RECORD_ALERT, 3, 3, 0, 2, FATAL, description};
  transport->fault = fault;
  return lurk_buffer_append(&transport->out, alert, sizeof alert) ? LURK_ERR_MALFORMED : LURK_ERR_MEMORY;
}

/* RFC 8446 §D.5 warns of SSLv2 hellos, which OpenSSL and BoringSSL would still answer. */
static lurk_status check_first_octet(struct lurk_transport *transport, uint8_t octet) {
  if (octet == RECORD_HANDSHAKE)
    return LURK_OK;
  if (octet & 0x80)
    return refuse(transport, "SSLv2 hello", PROTOCOL_VERSION);
  return refuse(transport, "no TLS handshake record", UNEXPECTED_MESSAGE);
}

#ifdef LURK_FAULTS
/* The header of a LURK request comes back as an error, in clear as it came. */
static void answer_in_clear(struct lurk_transport *transport, const uint8_t *data, size_t len) {
  enum { HEADER = 16, STATUS_AT = 3, UNDEFINED_ERROR = 2 };
  uint8_t answer[HEADER];
  if (len < HEADER)
    return;
  memcpy(answer, data, HEADER);
  answer[STATUS_AT] = UNDEFINED_ERROR;
  lurk_buffer_append(&transport->out, answer, sizeof answer);
}
#endif

lurk_status lurk_transport_feed(struct lurk_transport *transport, const uint8_t *data, size_t len) {
  if (len == 0)
    return LURK_OK;
  if (transport->in.len > LURK_TRANSPORT_INPUT || len > LURK_TRANSPORT_INPUT - transport->in.len)
    return LURK_ERR_LIMIT;
  if (!transport->open) {
    if (transport->server && transport->handshake == 0) {
#ifdef LURK_FAULTS
      if (data[0] != RECORD_HANDSHAKE && LURK_FAULT(clear_text_answered))
        answer_in_clear(transport, data, len);
#endif
      lurk_status status = check_first_octet(transport, data[0]);
      if (status != LURK_OK)
        return status;
    }
    /* The rest of this read may be application data behind the handshake: it is bounded by the queue. */
    if (transport->handshake > LURK_HANDSHAKE_OCTETS)
      return refuse(transport, "handshake too long", UNEXPECTED_MESSAGE);
    transport->handshake += len;
  }
  return lurk_buffer_append(&transport->in, data, len) ? LURK_OK : LURK_ERR_MEMORY;
}

/* Follows the record boundaries: how much of the queue may go to the library before the next one. */
static size_t up_to_boundary(const struct lurk_transport *transport) {
  if (transport->header_len < LURK_RECORD_HEADER_LEN)
    return LURK_RECORD_HEADER_LEN - transport->header_len;
  return transport->record_left;
}

static void advance(struct lurk_transport *transport, const uint8_t *data, size_t len) {
  if (transport->header_len < LURK_RECORD_HEADER_LEN) {
    memcpy(transport->header + transport->header_len, data, len);
    transport->header_len += len;
    if (transport->header_len < LURK_RECORD_HEADER_LEN)
      return;
    transport->record_left = (size_t)transport->header[3] << 8 | transport->header[4];
    if (transport->open)
      transport->barren++;
  } else {
    transport->record_left -= len;
  }
  if (transport->record_left == 0)
    transport->header_len = 0;
}

ptrdiff_t lurk_transport_pull(struct lurk_transport *transport, void *data, size_t len) {
  if (transport->barren > LURK_BARREN_RECORDS) {
    transport->fault = "too many records without data";
    return -1;
  }
  /* GnuTLS reads the type that is inside only, so that a changed one outside would go unnoticed. */
  bool begins = transport->header_len == 0 && transport->in.len > 0;
  if (transport->opaque && begins && lurk_buffer_data(&transport->in)[0] != RECORD_APPLICATION_DATA) {
    transport->fault = "record of another type after the handshake";
    return -1;
  }
  size_t most = up_to_boundary(transport);
  if (len > most)
    len = most;
  if (len > transport->in.len)
    len = transport->in.len;
  if (len == 0)
    return 0;
  memcpy(data, lurk_buffer_data(&transport->in), len);
  advance(transport, data, len);
  lurk_buffer_consume(&transport->in, len);
  return (ptrdiff_t)len;
}

void lurk_transport_fruitful(struct lurk_transport *transport) {
  transport->open = true;
  transport->barren = 0;
}

void lurk_transport_clear(struct lurk_transport *transport) {
  lurk_buffer_clear(&transport->in);
  lurk_buffer_clear(&transport->out);
}
