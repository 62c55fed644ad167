/* LURK messages on a lurk_connection: one after another, both ways, in a channel that is confidential and
 * authenticated on both sides. Where a message ends is said by its header alone; requests may
 * be pipelined and are answered in order. A length that cannot be is answered once, then the connection ends,
 * since the next message cannot be found. So does a peer that sends answers instead of requests,
 * after LURK_STRAY_ANSWERS of them in a row. */
#ifndef LURK_NET_LURK_SERVER_H
#define LURK_NET_LURK_SERVER_H

#include "lurk/net/server.h"
#include "lurk/secret.h"
#include "lurk/wire/lurk_header.h"

#define LURK_STRAY_ANSWERS 8
/* At most so many share a call of conclude. */
#define LURK_ANSWERS_TOGETHER 16

struct lurk_message_limits {
  size_t message_octets;                  /* header included; nothing longer is read */
  enum lurk_length_convention convention; /* of both directions */
  unsigned message_ms;                    /* absolute, from the first octet of a message to its last */
  unsigned idle_ms;                       /* absolute, between messages */
};

struct lurk_reply {
  struct lurk_header header;  /* payload_len is filled in */
  struct lurk_octets payload; /* handed over; wiped after it was sent */
  bool close;                 /* end the connection after this answer */
};

struct lurk_message_handler {
  /* A connection's state, e.g. the edge it belongs to; NULL closes it. */
  void *(*open)(void *arg, lurk_connection *connection);
  /* Fills *reply, which is zero on entry. payload has request->payload_len octets and is wiped afterwards. */
  void (*handle)(void *session, const struct lurk_header *request, const uint8_t *payload,
                 struct lurk_reply *reply);
  /* The same for a message whose length is below its minimum or above the limit; its payload is not there. */
  void (*refuse)(void *session, const struct lurk_header *request, struct lurk_reply *reply);
  /* Once for the answers since the last call, before they leave. False: none of them may, withhold makes
   * others in their place. */
  bool (*conclude)(void *session);
  void (*withhold)(void *session, const struct lurk_header *request, struct lurk_reply *reply);
  void (*close)(void *session);
};

typedef struct lurk_message_server
    lurk_message_server; /* what lurk_server needs as arg of lurk_message_service */

/* arg is the one of handler->open. NULL when memory is short. Events: "lurk-fault" for a bad length and for
 * stray answers, "deadline" for a message that does not end. */
lurk_message_server *lurk_message_server_new(const struct lurk_message_limits *limits,
                                             const struct lurk_message_handler *handler, void *arg);
void lurk_message_server_free(lurk_message_server *server);
/* The lurk_service whose arg is a lurk_message_server. */
extern const struct lurk_service lurk_message_service;

#endif
