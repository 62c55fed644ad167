#include "snapshot.h"

#include "lurk/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRUST_FILE_LIMIT (16u << 20) /* CRLs grow */

static bool digest_file(const char *path, uint8_t digest[32], const char *member, const char *config_file,
                        char *why, size_t why_len) {
  memset(digest, 0, 32);
  if (path == NULL)
    return true;
  struct lurk_octets content = {0};
  if (!lurk_file_read(path, TRUST_FILE_LIMIT, &content, NULL)) {
    snprintf(why, why_len, "%s: channel.%s: %s: %s", config_file, member, path, strerror(errno));
    return false;
  }
  lurk_status status = lurk_digest(LURK_SHA256, content.data, content.len, digest);
  lurk_octets_clear(&content);
  if (status != LURK_OK)
    snprintf(why, why_len, "%s: channel.%s: %s", config_file, member, lurk_status_name(status));
  return status == LURK_OK;
}

static bool load_channel(struct lurk_snapshot *snapshot, const char *config_file, char *why, size_t why_len) {
  const struct lurk_config *config = &snapshot->config;
  uint8_t digests[64];
  if (!digest_file(config->channel.client_ca, digests, "client_ca", config_file, why, why_len) ||
      !digest_file(config->channel.crl, digests + 32, "crl", config_file, why, why_len))
    return false;
  if (lurk_digest(LURK_SHA256, digests, sizeof digests, snapshot->trust) != LURK_OK) {
    snprintf(why, why_len, "%s: channel: cannot be digested", config_file);
    return false;
  }
  const struct lurk_credential_files files = {.certificate = config->channel.certificate,
                                              .key = config->channel.key,
                                              .ca = config->channel.client_ca,
                                              .crl = config->channel.crl};
  char fault[512];
  if (lurk_credentials_load(LURK_CHANNEL_SERVER, &files, &snapshot->credentials, fault, sizeof fault) ==
      LURK_OK)
    return true;
  snprintf(why, why_len, "%s: channel: %s", config_file, fault);
  return false;
}

static bool load(struct lurk_snapshot *snapshot, const char *config_file, lurk_activity_table *activities,
                 const struct lurk_snapshot *before, char *why, size_t why_len) {
  if (!lurk_config_load(config_file, &snapshot->config, why, why_len) ||
      !load_channel(snapshot, config_file, why, why_len))
    return false;
  uint8_t channel_spki[32];
  lurk_credentials_spki(snapshot->credentials, channel_spki);
  if (!lurk_key_store_load(&snapshot->config, config_file, channel_spki,
                           before != NULL ? &before->keys : NULL, &snapshot->keys, why, why_len))
    return false;
  char fault[256];
  if (lurk_authorisation_build(&snapshot->config, &snapshot->keys, activities, &snapshot->authorisation,
                               fault, sizeof fault))
    return true;
  snprintf(why, why_len, "%s: %s", config_file, fault);
  return false;
}

struct lurk_snapshot *lurk_snapshot_load(const char *config_file, lurk_activity_table *activities,
                                         const struct lurk_snapshot *before, char *why, size_t why_len) {
  struct lurk_snapshot *snapshot = calloc(1, sizeof *snapshot);
  if (snapshot == NULL) {
    snprintf(why, why_len, "%s: memory is short", config_file);
    return NULL;
  }
  snapshot->references = 1;
  if (load(snapshot, config_file, activities, before, why, why_len))
    return snapshot;
  lurk_snapshot_unref(snapshot);
  return NULL;
}

void lurk_snapshot_ref(struct lurk_snapshot *snapshot) {
  atomic_fetch_add(&snapshot->references, 1);
}

void lurk_snapshot_unref(struct lurk_snapshot *snapshot) {
  if (snapshot == NULL || atomic_fetch_sub(&snapshot->references, 1) != 1)
    return;
  lurk_authorisation_clear(&snapshot->authorisation);
  lurk_key_store_clear(&snapshot->keys);
  lurk_credentials_unref(snapshot->credentials);
  lurk_config_clear(&snapshot->config);
  free(snapshot);
}
