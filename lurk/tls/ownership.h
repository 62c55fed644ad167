/* The proof of ownership of LURK tls12 (draft-mglt-lurk-tls12-05 §6.1; RFC 8235 with the widths and encodings
 * of ): the edge shows that it knows b of the point bG that is to be signed, bound to
 * everything else in the request. P-256, P-384, P-521 only. */
#ifndef LURK_TLS_OWNERSHIP_H
#define LURK_TLS_OWNERSHIP_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/lurk_tls12.h"

#define LURK_MAX_CHALLENGE_LEN 32

/* c = leftmost 128 or 256 bits, as poo_prf of the request says, of
 * SHA-256( L(G) || L(vG) || L(bG) || L(client_random || S) || L(OtherInfo) ),
 * OtherInfo = L(key_id) || L(freshness_funct) || L(sig_and_hash) || L(ServerECDHParams) || L("tls12 poo"),
 * L(x) = x after its length in four octets; points 04 || X || Y. Reads vG from the request. Everything
 * is public. UNSUPPORTED: poo_prf is null, or the group has no proofs; LIMIT: params or commitment longer
 * than a real one; BACKEND. */
lurk_status lurk_ownership_challenge(const struct lurk_tls12_ecdhe *request,
                                     uint8_t challenge[LURK_MAX_CHALLENGE_LEN], size_t *len);

/* A proof as the edge makes it. */
struct lurk_ownership_proof {
  uint8_t commitment[LURK_MAX_POINT_LEN]; /* vG */
  size_t commitment_len;
  uint8_t response[LURK_MAX_SCALAR_LEN]; /* r = v - c b mod n */
  size_t response_len;
};

/* private_key: b, as long as the group's order, big endian; request: everything but the proof; poo_prf says
 * which. v is fresh and uniform in [1, n-1]. Puts the proof into *proof and lets request point to it,
 * so that proof must outlive it. Constant time in b and v, which are wiped. MALFORMED: b is not in [1, n-1];
 * UNSUPPORTED as above; BACKEND. That bG is b times G is not checked: the proof would not verify. */
lurk_status lurk_ownership_prove(struct lurk_tls12_ecdhe *request, const uint8_t *private_key,
                                 size_t private_key_len, struct lurk_ownership_proof *proof);

/* OK: bG and vG are points of the group, r is in [1, n-1], and rG + c bG = vG. MISMATCH: anything else, which
 * the server answers with invalid_poo. UNSUPPORTED as above; MEMORY, BACKEND: not the peer's fault. Not
 * constant time: all values are public. */
lurk_status lurk_ownership_verify(const struct lurk_tls12_ecdhe *request);

#endif
