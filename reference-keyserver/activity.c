#include "activity.h"

#include "rate.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_NS (60 * UINT64_C(1000000000))

struct lurk_activity {
  lurk_activity_table *table;
  struct lurk_activity *next;
  char *identity;
  uint64_t number;
  size_t references; /* this and next under the lock of the table, all below under its own */
  pthread_mutex_t lock;
  struct lurk_rate_bucket bucket;
  unsigned connections;
  struct in6_addr address;                      /* of the first of the open connections */
  lurk_recent *handshakes[LURK_REPLAY_WINDOWS]; /* made when first needed */
  uint64_t minute_ns;                           /* when the minute of refused began */
  unsigned refused;
  uint64_t next_alarm_ns[LURK_ALARM_COUNT];
};

struct lurk_activity_table {
  pthread_mutex_t lock;
  struct lurk_activity *first;
  uint64_t last_number;
};

lurk_activity_table *lurk_activity_table_new(void) {
  lurk_activity_table *table = calloc(1, sizeof *table);
  if (table != NULL)
    pthread_mutex_init(&table->lock, NULL);
  return table;
}

void lurk_activity_table_free(lurk_activity_table *table) {
  if (table == NULL)
    return;
  pthread_mutex_destroy(&table->lock);
  free(table);
}

static lurk_activity *make(lurk_activity_table *table, const char *identity) {
  lurk_activity *activity = calloc(1, sizeof *activity);
  if (activity == NULL)
    return NULL;
  activity->identity = strdup(identity);
  if (activity->identity == NULL) {
    free(activity);
    return NULL;
  }
  pthread_mutex_init(&activity->lock, NULL);
  activity->table = table;
  activity->number = ++table->last_number;
  activity->next = table->first;
  table->first = activity;
  return activity;
}

lurk_activity *lurk_activity_get(lurk_activity_table *table, const char *identity) {
  pthread_mutex_lock(&table->lock);
  lurk_activity *activity = table->first;
  while (activity != NULL && strcmp(activity->identity, identity) != 0)
    activity = activity->next;
  if (activity == NULL)
    activity = make(table, identity);
  if (activity != NULL)
    activity->references++;
  pthread_mutex_unlock(&table->lock);
  return activity;
}

void lurk_activity_ref(lurk_activity *activity) {
  pthread_mutex_lock(&activity->table->lock);
  activity->references++;
  pthread_mutex_unlock(&activity->table->lock);
}

void lurk_activity_unref(lurk_activity *activity) {
  if (activity == NULL)
    return;
  lurk_activity_table *table = activity->table;
  pthread_mutex_lock(&table->lock);
  bool last = --activity->references == 0;
  if (last) {
    lurk_activity **link = &table->first;
    while (*link != activity)
      link = &(*link)->next;
    *link = activity->next;
  }
  pthread_mutex_unlock(&table->lock);
  if (!last)
    return;
  pthread_mutex_destroy(&activity->lock);
  for (int i = 0; i < LURK_REPLAY_WINDOWS; i++)
    lurk_recent_free(activity->handshakes[i]);
  free(activity->identity);
  free(activity);
}

const char *lurk_activity_identity(const lurk_activity *activity) {
  return activity->identity;
}

uint64_t lurk_activity_number(const lurk_activity *activity) {
  return activity->number;
}

bool lurk_activity_connect(lurk_activity *activity, const struct in6_addr *address, unsigned limit,
                           bool *elsewhere) {
  pthread_mutex_lock(&activity->lock);
  bool ok = activity->connections < limit;
  if (activity->connections == 0)
    activity->address = *address;
  *elsewhere = memcmp(&activity->address, address, sizeof *address) != 0;
  if (ok)
    activity->connections++;
  pthread_mutex_unlock(&activity->lock);
  return ok;
}

void lurk_activity_disconnect(lurk_activity *activity) {
  pthread_mutex_lock(&activity->lock);
  activity->connections--;
  pthread_mutex_unlock(&activity->lock);
}

bool lurk_activity_take(lurk_activity *activity, const struct lurk_rate *rate, uint64_t now_ns,
                        uint64_t *wait_ms) {
  pthread_mutex_lock(&activity->lock);
  bool ok = lurk_rate_take(&activity->bucket, rate, now_ns, wait_ms);
  pthread_mutex_unlock(&activity->lock);
  return ok;
}

enum lurk_recent_result lurk_activity_handshake(lurk_activity *activity, enum lurk_replay_window window,
                                                const uint8_t digest[LURK_RECENT_DIGEST_LEN], uint64_t now_ns,
                                                uint64_t keep_ns) {
  static const size_t capacities[] = {
      [LURK_REPLAY_SKI] = LURK_REPLAY_SKI_CAPACITY, [LURK_REPLAY_LURK] = LURK_REPLAY_LURK_CAPACITY};
  enum lurk_recent_result result = LURK_RECENT_NO_ROOM;
  uint64_t tag = 0;
  pthread_mutex_lock(&activity->lock);
  lurk_recent **handshakes = &activity->handshakes[window];
  if (*handshakes == NULL)
    *handshakes = lurk_recent_new(capacities[window], LURK_RECENT_REFUSE);
  if (*handshakes != NULL)
    result = lurk_recent_note(*handshakes, digest, now_ns, keep_ns, &tag);
  pthread_mutex_unlock(&activity->lock);
  return result;
}

bool lurk_activity_refused(lurk_activity *activity, unsigned threshold, uint64_t now_ns) {
  pthread_mutex_lock(&activity->lock);
  if (now_ns - activity->minute_ns >= MINUTE_NS) {
    activity->minute_ns = now_ns;
    activity->refused = 0;
  }
  bool full = ++activity->refused == threshold;
  pthread_mutex_unlock(&activity->lock);
  return full;
}

bool lurk_activity_alarm(lurk_activity *activity, enum lurk_alarm kind, uint64_t now_ns) {
  pthread_mutex_lock(&activity->lock);
  bool due = now_ns >= activity->next_alarm_ns[kind];
  if (due)
    activity->next_alarm_ns[kind] = now_ns + MINUTE_NS;
  pthread_mutex_unlock(&activity->lock);
  return due;
}
