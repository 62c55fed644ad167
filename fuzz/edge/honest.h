/* A key server that answers as it should, for a target that then bends what it says. */
#ifndef LURK_FUZZ_EDGE_HONEST_H
#define LURK_FUZZ_EDGE_HONEST_H

#include "lurk/crypto/crypto.h"
#include "lurk/net/buffer.h"
#include "reference-edge/key_client.h"

enum honest_key { HONEST_P256, HONEST_ED25519, HONEST_RSA, HONEST_KEYS };

struct honest {
  lurk_private_key *keys[HONEST_KEYS];
  struct lurk_certificate certificates[HONEST_KEYS];
};

extern struct honest honest;
void honest_start(void);

/* The answer to the request at the front of sent, which is taken out; false when there is no whole one. *out
 * is appended to. more: so many octets more, or fewer, than there should be in the signature or secret, with
 * every length around it right. */
bool honest_ski(struct lurk_buffer *sent, int more, struct lurk_buffer *out);
bool honest_lurk(struct lurk_buffer *sent, int more, struct lurk_buffer *out);

/* The premaster or master secret that it gives to a request with this input or S. */
void honest_secret(const uint8_t *data, size_t len, uint8_t secret[LURK_PREMASTER_LEN]);

#endif
