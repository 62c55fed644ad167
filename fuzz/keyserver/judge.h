/* What must hold of every answer of the key server: it is well-formed for our own decoders, it answers the
 * request it stands for, and success needs the right to it. */
#ifndef LURK_FUZZ_KEYSERVER_JUDGE_H
#define LURK_FUZZ_KEYSERVER_JUDGE_H

#include "fuzz/keyserver/lab.h"

/* Of one input. */
struct judge {
  struct lurk_buffer shown; /* all that went to peers */
  struct lurk_buffer
      secret;           /* premasters and master secrets that were served, 48 octets each: not for the log */
  unsigned served;      /* successes on the wire */
  bool uncounted;       /* not all of them could be seen */
  bool short_of_memory; /* at the last request: an answer may be without a body, or be missing */
  struct past_handshake {
    enum who who;
    char window;
    uint8_t digest[32];
    uint64_t when_ns;
  } past[256];
  size_t past_count;
};

/* One HTTP response to a whole request for SKI. Takes it out of the connection. */
void judge_ski(struct judge *judge, enum who who, enum lurk_ski_format format, const uint8_t *body,
               size_t len, lurk_connection *connection);
/* HTTP responses to whatever was sent. */
void judge_http(struct judge *judge, enum who who, bool had_head, lurk_connection *connection);
/* The answers to messages in asked; both are taken out. */
void judge_lurk(struct judge *judge, enum who who, struct lurk_buffer *asked, lurk_connection *connection);
/* The log of the whole input. */
void judge_log(struct judge *judge);

#endif
