/* The key server as a whole: what its threads share. */
#ifndef KEYSERVER_KEYSERVER_H
#define KEYSERVER_KEYSERVER_H

#include "activity.h"
#include "audit.h"
#include "snapshot.h"
#include "watch.h"

typedef struct lurk_keyserver lurk_keyserver;

/* Loads the configuration, opens the log, listens. NULL: why holds one line. */
lurk_keyserver *lurk_keyserver_start(const char *config_file, char *why, size_t why_len);
size_t lurk_keyserver_address_count(const lurk_keyserver *server);
const char *lurk_keyserver_address(const lurk_keyserver *server, size_t index); /* "127.0.0.1:43211" */
/* Loads the configuration again and opens the log again. When anything of it is bad, all that was stays in
 * use. Afterwards the connections of edges that have no rights any more are ended, and those of all edges
 * when the CA or the CRL has changed. */
void lurk_keyserver_reload(lurk_keyserver *server);
/* Lets requests in flight finish and frees. */
void lurk_keyserver_stop(lurk_keyserver *server);

/* --- for what runs inside --- */

/* The configuration of this moment: a reference. Thread-safe. */
struct lurk_snapshot *lurk_keyserver_snapshot(lurk_keyserver *server);
lurk_audit *lurk_keyserver_audit(lurk_keyserver *server);
lurk_watch *lurk_keyserver_watch(lurk_keyserver *server);
/* What all peers that are no edge have in common. */
lurk_activity *lurk_keyserver_strangers(lurk_keyserver *server);
/* The identity behind lurk_activity_number; NULL when that edge is gone. Belongs to the snapshot. */
const char *lurk_keyserver_identity(const struct lurk_snapshot *snapshot, uint64_t number);
/* Counts a request and returns its number. */
uint64_t lurk_keyserver_count(lurk_keyserver *server, bool served);
/* An alarm for the log and stderr, at most one of a kind per edge and minute. other may be NULL. */
void lurk_keyserver_alarm(lurk_keyserver *server, lurk_activity *edge, enum lurk_alarm kind,
                          const char *address, const char *other);
/* Monotonic. */
uint64_t lurk_keyserver_now_ns(void);

#endif
