/* X.509 certificates (RFC 5280 §4.1) of own making, so that the parts that a certificate authority would
 * never write can be written. */
#ifndef LURK_VECTORS_CERTIFICATE_H
#define LURK_VECTORS_CERTIFICATE_H

#include "vectors/generator/sign.h"

#define KEY_USAGE_DIGITAL_SIGNATURE 0x80
#define KEY_USAGE_KEY_ENCIPHERMENT 0x20
#define KEY_USAGE_CERT_SIGN 0x04
#define KEY_USAGE_CRL_SIGN 0x02

enum extended_usage { ANY_USAGE, SERVER_AUTH, CLIENT_AUTH };

/* What stands in the TBSCertificate. */
struct tbs {
  unsigned serial;
  const char *issuer, *subject;       /* common names */
  const char *not_before, *not_after; /* UTCTime */
  enum key_name subject_key, issuer_key;
  bool ca, no_basic_constraints;
  int path_length;    /* -1: none */
  unsigned key_usage; /* 0: no extension */
  enum extended_usage extended_usage;
  struct octets algorithm; /* AlgorithmIdentifier */
};

/* Good for 2020 to 2039, signed with RSA or ECDSA and SHA-256 as the issuer's key is. */
struct tbs tbs_of(const char *issuer, enum key_name issuer_key, const char *subject,
                  enum key_name subject_key);
struct octets tbs_octets(const struct tbs *tbs);
struct octets algorithm_rsa(enum lurk_hash hash);
struct octets algorithm_ecdsa(void);

/* Certificate of a TBSCertificate, an AlgorithmIdentifier and a signature. */
struct octets certificate_of(struct octets tbs, struct octets algorithm, struct octets signature);
/* Signed by that key, as tbs->algorithm says. */
struct octets certificate_signed(struct drbg *drbg, const struct tbs *tbs, enum key_name issuer_key);

#endif
