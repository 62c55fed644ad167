/* The audit event of one request. */
#ifndef KEYSERVER_REQUEST_LOG_H
#define KEYSERVER_REQUEST_LOG_H

#include "audit_line.h"
#include "lurk/net/channel.h"
#include "lurk_service.h"
#include "ski_service.h"

#define LURK_VERDICT_SERVED "served"

struct lurk_request_event {
  uint64_t number;
  const char *edge; /* identity as configured, or NULL: then the names of the peer are told */
  const struct lurk_peer *peer;
  const char *address;
  const char *operation; /* "ski", "ping", "capabilities", "rsa_master", …, "other" */
  const char *format;    /* media type of the question, JSON when it has none; "lurk" */
  const char *verdict;   /* LURK_VERDICT_SERVED or the name of an error */
  const char *cause;     /* or NULL */
  unsigned status;       /* of HTTP or LURK */
  uint64_t began_ns, ended_ns;
  struct lurk_ski_record ski;
  const struct lurk_header *header; /* of a LURK message; NULL: SKI */
  const struct lurk_call_record *lurk;
};

/* False: it is longer than a line may be. */
bool lurk_request_line(const struct lurk_request_event *event, struct lurk_audit_line *line);

#endif
