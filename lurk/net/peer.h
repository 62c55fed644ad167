/* Building a lurk_peer from the names of a verified certificate. */
#ifndef LURK_NET_PEER_H
#define LURK_NET_PEER_H

#include "lurk/net/channel.h"

#define LURK_PEER_NAMES 32 /* of each kind; further ones are left out */

/* Takes the name over when an application may authorise it; else leaves it out: embedded NUL, control octets,
 * space, non-ASCII, wildcards. False only when memory is short. */
bool lurk_peer_add_uri(struct lurk_peer *peer, const uint8_t *name, size_t len);
bool lurk_peer_add_dns(struct lurk_peer *peer, const uint8_t *name, size_t len);
/* Without regard to case. */
bool lurk_peer_has_dns(const struct lurk_peer *peer, const char *name);
void lurk_peer_clear(struct lurk_peer *peer);

/* A host name as a SAN dNSName may carry it: letters, digits, hyphen, underscore, dot; 1 to 253 octets. */
bool lurk_dns_name_ok(const uint8_t *name, size_t len);

#endif
