#include "reference-edge/provider/freshness_table.h"

#include "lurk/secret.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

/* The random of a handshake is drawn shortly before its signature; session ids come in between. */
#define ENTRIES 1024

struct entry {
  bool used;
  uint8_t random[LURK_RANDOM_LEN], s[LURK_RANDOM_LEN];
};

static struct {
  pthread_mutex_t lock;
  struct entry entries[ENTRIES];
  size_t next; /* the oldest, to be overwritten */
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

lurk_status lurk_freshness_table_draw(uint8_t random[LURK_RANDOM_LEN]) {
  struct entry entry = {.used = true};
  lurk_status status = lurk_freshness_new(time(NULL), entry.s);
  if (status == LURK_OK)
    status = lurk_freshness(entry.s, entry.random);
  if (status == LURK_OK) {
    pthread_mutex_lock(&table.lock);
    table.entries[table.next] = entry;
    table.next = (table.next + 1) % ENTRIES;
    pthread_mutex_unlock(&table.lock);
    memcpy(random, entry.random, LURK_RANDOM_LEN);
  }
  lurk_wipe(&entry, sizeof entry);
  return status;
}

bool lurk_freshness_table_take(const uint8_t random[LURK_RANDOM_LEN], uint8_t s[LURK_RANDOM_LEN]) {
  bool found = false;
  pthread_mutex_lock(&table.lock);
  for (size_t age = 1; age <= ENTRIES && !found; age++) {
    struct entry *entry = &table.entries[(table.next + ENTRIES - age) % ENTRIES];
    found = entry->used && memcmp(entry->random, random, LURK_RANDOM_LEN) == 0;
    if (found) {
      memcpy(s, entry->s, LURK_RANDOM_LEN);
      lurk_wipe(entry, sizeof *entry);
    }
  }
  pthread_mutex_unlock(&table.lock);
  return found;
}

void lurk_freshness_table_wipe(void) {
  lurk_wipe(table.entries, sizeof table.entries);
}
