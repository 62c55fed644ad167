#include "identity.h"

#include "lurk/wire/base64.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

static bool is_host_name(const char *name) {
  for (const char *c = name; *c != '\0'; c++)
    if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-' && *c != '.' && *c != '_')
      return false;
  return name[0] != '\0' && name[0] != '.';
}

static bool read_pin(const char *text, uint8_t spki[32]) {
  uint8_t octets[33]; /* 44 characters mean 33 octets at most */
  size_t len;
  if (strlen(text) != 44 || !lurk_base64_decode(text, 44, octets, &len) || len != 32)
    return false;
  memcpy(spki, octets, 32);
  return true;
}

bool lurk_identity_parse(const char *text, struct lurk_identity *out, const char **fault) {
  *out = (struct lurk_identity){0};
  if (strncmp(text, "uri:", 4) == 0) {
    out->kind = LURK_IDENTITY_URI;
    out->name = text + 4;
    *fault = "holds no URI after \"uri:\"";
    return out->name[0] != '\0';
  }
  if (strncmp(text, "dns:", 4) == 0) {
    out->kind = LURK_IDENTITY_DNS;
    out->name = text + 4;
    *fault = "must be a DNS name in lower case, without wildcard, after \"dns:\"";
    return is_host_name(out->name);
  }
  if (strncmp(text, "spki:", 5) == 0) {
    out->kind = LURK_IDENTITY_SPKI;
    *fault = "must be the base64 of 32 octets after \"spki:\"";
    return read_pin(text + 5, out->spki);
  }
  *fault = "must begin with \"uri:\", \"dns:\" or \"spki:\"";
  return false;
}

int lurk_identity_compare(const struct lurk_identity *a, const struct lurk_identity *b) {
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  if (a->kind == LURK_IDENTITY_SPKI)
    return memcmp(a->spki, b->spki, sizeof a->spki);
  return strcmp(a->name, b->name);
}

bool lurk_address_parse(const char *text, struct in6_addr *out) {
  struct in_addr v4;
  if (inet_pton(AF_INET, text, &v4) != 1)
    return inet_pton(AF_INET6, text, out) == 1;
  *out = (struct in6_addr){.s6_addr[10] = 0xff, .s6_addr[11] = 0xff};
  memcpy(&out->s6_addr[12], &v4, sizeof v4);
  return true;
}
