/* KeyPairID of LURK tls12 (draft-mglt-lurk-tls12-05 §4.1, A-06): the first four octets of the SHA-256 of a
 * public key. A name, not a proof; two keys may share one. */
#ifndef LURK_TLS_KEY_ID_H
#define LURK_TLS_KEY_ID_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/lurk_tls12.h"

/* RSA: over the DER of RSAPublicKey (RFC 8017 §A.1.1); EC: over the DER of SubjectPublicKeyInfo. UNSUPPORTED
 * for other types; BACKEND. */
lurk_status lurk_key_id(const lurk_public_key *key, uint8_t key_id[LURK_KEY_ID_LEN]);

/* Over the DER of SubjectPublicKeyInfo for every type: what pylurk sends for RSA, and equal to the above for
 * EC. */
lurk_status lurk_key_id_alias(const lurk_public_key *key, uint8_t key_id[LURK_KEY_ID_LEN]);

/* The SubjectPublicKeyInfo in the DER of an X.509 certificate, as a view: compare it with
 * lurk_public_key_spki to see whose certificate a handshake carries (PH-10). False when the certificate is
 * not one. Nothing in it is verified. */
bool lurk_certificate_spki(const uint8_t *certificate, size_t len, const uint8_t **spki, size_t *spki_len);

#endif
