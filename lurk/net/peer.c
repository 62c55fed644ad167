#include "lurk/net/peer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_DNS_NAME 253
#define LONGEST_URI 2048

static bool is_letter_or_digit(uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool lurk_dns_name_ok(const uint8_t *name, size_t len) {
  if (len == 0 || len > LONGEST_DNS_NAME)
    return false;
  for (size_t i = 0; i < len; i++)
    if (!is_letter_or_digit(name[i]) && name[i] != '-' && name[i] != '_' && name[i] != '.')
      return false;
  return true;
}

static bool uri_ok(const uint8_t *name, size_t len) {
  if (len == 0 || len > LONGEST_URI)
    return false;
  for (size_t i = 0; i < len; i++)
    if (name[i] <= ' ' || name[i] > '~')
      return false;
  return true;
}

static bool append(char ***names, size_t *count, const uint8_t *name, size_t len) {
  if (*count >= LURK_PEER_NAMES)
    return true;
  char *copy = strndup((const char *)name, len);
  char **grown = realloc(*names, (*count + 1) * sizeof *grown);
  if (grown != NULL)
    *names = grown;
  if (copy == NULL || grown == NULL) {
    free(copy);
    return false;
  }
  grown[(*count)++] = copy;
  return true;
}

bool lurk_peer_add_uri(struct lurk_peer *peer, const uint8_t *name, size_t len) {
  return !uri_ok(name, len) || append(&peer->uris, &peer->uri_count, name, len);
}

bool lurk_peer_add_dns(struct lurk_peer *peer, const uint8_t *name, size_t len) {
  if (!lurk_dns_name_ok(name, len) || peer->dns_name_count >= LURK_PEER_NAMES)
    return true;
  if (!append(&peer->dns_names, &peer->dns_name_count, name, len))
    return false;
  for (char *c = peer->dns_names[peer->dns_name_count - 1]; *c != '\0'; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c + ('a' - 'A'));
  return true;
}

bool lurk_peer_has_dns(const struct lurk_peer *peer, const char *name) {
  for (size_t i = 0; i < peer->dns_name_count; i++)
    if (strcasecmp(peer->dns_names[i], name) == 0)
      return true;
  return false;
}

static void free_names(char **names, size_t count) {
  for (size_t i = 0; i < count; i++)
    free(names[i]);
  free(names);
}

void lurk_peer_clear(struct lurk_peer *peer) {
  free_names(peer->uris, peer->uri_count);
  free_names(peer->dns_names, peer->dns_name_count);
  *peer = (struct lurk_peer){0};
}
