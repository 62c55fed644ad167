/* TLS SignatureSchemes that an edge may use, in its order of preference, and what of them a key server
 * allows.
 *
 * In TLS 1.2 plain SKI can name PKCS#1 v1.5 and ECDSA only, by `hash`: RSA-PSS is never used there,
 * and Ed25519 is sent as `scheme`. TLS 1.3 signatures are always sent as `scheme`. */
#ifndef LURK_EDGE_SCHEME_H
#define LURK_EDGE_SCHEME_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "lurk/wire/ski.h"

struct lurk_scheme {
  uint16_t id; /* RFC 8446 §4.2.3 */
  const char *name;
  enum lurk_signature_kind kind;
  enum lurk_ski_hash hash; /* ABSENT for Ed25519 */
};

#define LURK_SCHEME_COUNT 10
extern const struct lurk_scheme lurk_schemes[LURK_SCHEME_COUNT];

/* NULL when the edge does not use it. */
const struct lurk_scheme *lurk_scheme_find(uint16_t id);
/* How a key of this type signs with the scheme under this protocol version; UNSUPPORTED when it does not. */
lurk_status lurk_scheme_algorithm(const struct lurk_scheme *scheme, enum lurk_key_type type, bool tls13,
                                  struct lurk_signature_algorithm *out);
/* Whether a request names it by `hash` instead of `scheme`. */
bool lurk_scheme_goes_as_hash(const struct lurk_scheme *scheme, bool tls13);

/* What may be negotiated; a small value that is copied into each session. */
struct lurk_policy {
  bool tls12, tls13;                                             /* protocol versions */
  bool ecdhe, rsa;                                               /* methods */
  bool scheme12[LURK_SCHEME_COUNT], scheme13[LURK_SCHEME_COUNT]; /* by index of lurk_schemes */
};

/* Everything: for local keys, and while the key server has not been asked yet. */
struct lurk_policy lurk_policy_full(void);
/* Only what the draft itself defines: for a key server without capabilities. */
struct lurk_policy lurk_policy_plain(void);
/* What the key server grants to this edge. */
struct lurk_policy lurk_policy_granted(const struct lurk_ski_capabilities *capabilities);
/* The same over LURK, which has TLS 1.2 only. NULL: it has not said anything. */
struct lurk_policy lurk_policy_tls12(const struct lurk_tls12_capabilities *capabilities);

#endif
