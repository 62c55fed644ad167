/* What the server remembers of an edge while it runs: requests of late, open connections, what it was warned
 * about. It outlives reloads, so that a reload neither refills a rate nor forgets replays (SKI §4.2.1,
 * §4.2.2). Thread-safe. */
#ifndef KEYSERVER_ACTIVITY_H
#define KEYSERVER_ACTIVITY_H

#include "config.h"
#include "recent.h"

typedef struct lurk_activity lurk_activity;
typedef struct lurk_activity_table lurk_activity_table;

/* NULL when memory is short. */
lurk_activity_table *lurk_activity_table_new(void);
/* Every reference must have been released. */
void lurk_activity_table_free(lurk_activity_table *table);

/* The activity of an edge, made when there is none yet: a reference, or NULL when memory is short. */
lurk_activity *lurk_activity_get(lurk_activity_table *table, const char *identity);
void lurk_activity_ref(lurk_activity *activity);
void lurk_activity_unref(lurk_activity *activity); /* NULL is fine */
const char *lurk_activity_identity(const lurk_activity *activity);
/* Unlike a pointer, never used again for another edge. */
uint64_t lurk_activity_number(const lurk_activity *activity);

/* Counts a connection, unless limit of them are open: then false. *elsewhere: others are open from another
 * address (a stolen identity looks like that). */
bool lurk_activity_connect(lurk_activity *activity, const struct in6_addr *address, unsigned limit,
                           bool *elsewhere);
void lurk_activity_disconnect(lurk_activity *activity);

/* One request of the edge's rate; see lurk_rate_take. */
bool lurk_activity_take(lurk_activity *activity, const struct lurk_rate *rate, uint64_t now_ns,
                        uint64_t *wait_ms);

/* Notes the digest of a handshake for the replay window of keep_ns. Replays and a full memory (so many
 * handshakes within the window) are to be refused. The windows of SKI and LURK have nothing in common. */
enum lurk_replay_window { LURK_REPLAY_SKI, LURK_REPLAY_LURK };
#define LURK_REPLAY_WINDOWS 2
#define LURK_REPLAY_SKI_CAPACITY (1u << 16)
#define LURK_REPLAY_LURK_CAPACITY (1u << 22) /* 35,000 a second for two minutes */
enum lurk_recent_result lurk_activity_handshake(lurk_activity *activity, enum lurk_replay_window window,
                                                const uint8_t digest[LURK_RECENT_DIGEST_LEN], uint64_t now_ns,
                                                uint64_t keep_ns);

/* Counts a refused request. True when it is the one that fills the threshold of its minute. */
bool lurk_activity_refused(lurk_activity *activity, unsigned threshold, uint64_t now_ns);

enum lurk_alarm {
  LURK_ALARM_REFUSED_REQUESTS,
  LURK_ALARM_SHARED_CIPHERTEXT,
  LURK_ALARM_REPLAY,
  LURK_ALARM_TWO_ADDRESSES,
  LURK_ALARM_COUNT,
};
/* True when an alarm of this kind was not given for this edge within the last minute: a flood of them would
 * hide the others. */
bool lurk_activity_alarm(lurk_activity *activity, enum lurk_alarm kind, uint64_t now_ns);

#endif
