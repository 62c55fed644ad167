/* A configuration with all that it names, loaded and immutable. A reload makes a new one; requests hold on to
 * the one that they began with. */
#ifndef KEYSERVER_SNAPSHOT_H
#define KEYSERVER_SNAPSHOT_H

#include "authorisation.h"
#include "config.h"
#include "key_store.h"
#include "lurk/net/channel.h"
#include <stdatomic.h>

struct lurk_snapshot {
  atomic_size_t references;
  struct lurk_config config;
  lurk_credentials *credentials;
  uint8_t trust[32]; /* digest of the CA and CRL files: when it changes, peers must be verified anew */
  struct lurk_key_store keys;
  struct lurk_authorisation authorisation;
};

/* Loads everything that the file names, or nothing: then NULL, and why holds one line. Warnings are
 * diagnosed. before: the one that it follows, whose keys it keeps where their files are the same; or NULL. */
struct lurk_snapshot *lurk_snapshot_load(const char *config_file, lurk_activity_table *activities,
                                         const struct lurk_snapshot *before, char *why, size_t why_len);
void lurk_snapshot_ref(struct lurk_snapshot *snapshot);
void lurk_snapshot_unref(struct lurk_snapshot *snapshot); /* NULL is fine */

#endif
