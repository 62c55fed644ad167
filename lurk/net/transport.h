/* What lies between a TLS library and the network: ciphertext queues in both directions, handed to the
 * library record by record, so that floods of records that carry nothing are noticed on every library
 * alike. */
#ifndef LURK_NET_TRANSPORT_H
#define LURK_NET_TRANSPORT_H

#include "lurk/net/buffer.h"
#include "lurk/status.h"

#define LURK_RECORD_HEADER_LEN 5
/* A largest record (RFC 5246 §6.2.3) and a largest read of a socket. */
#define LURK_TRANSPORT_INPUT (LURK_RECORD_HEADER_LEN + 16384 + 2048 + 65536)
/* Far beyond every honest handshake, certificate chain included. */
#define LURK_HANDSHAKE_OCTETS 65536
/* KeyUpdate, empty records, tickets, alerts: so many in a row without a single octet of application data. */
#define LURK_BARREN_RECORDS 32

struct lurk_transport {
  struct lurk_buffer in;
  struct lurk_buffer out;
  uint8_t header[LURK_RECORD_HEADER_LEN]; /* of the record that is being handed over */
  size_t header_len;
  size_t record_left;
  bool server;
  bool open;        /* the handshake is complete: barren records count */
  bool opaque;      /* TLS 1.3 from then on: every record says that it is application data (RFC 8446 §5.2) */
  size_t handshake; /* octets fed before that */
  unsigned barren;
  const char *fault; /* why the transport stopped, or NULL */
};

/* LIMIT: see lurk_channel_feed. MALFORMED, fault says why: the peer's first octet does not begin a TLS
 * record (an SSLv2 hello, plaintext HTTP), or too much handshake; a plaintext alert is in the output. */
lurk_status lurk_transport_feed(struct lurk_transport *transport, const uint8_t *data, size_t len);
/* For the library: octets of at most one record, 0 when there are none, or -1 with fault set. */
ptrdiff_t lurk_transport_pull(struct lurk_transport *transport, void *data, size_t len);
/* The handshake is complete, or application data came. */
void lurk_transport_fruitful(struct lurk_transport *transport);
void lurk_transport_clear(struct lurk_transport *transport);

#endif
