/* Certificates: signatures and their RSA arithmetic by own code over lurk/crypto and GMP, usage by lurk/x509.
 */
#include "lurk/x509/x509.h"

#include "lurk/crypto/crypto.h"
#include "lurk/crypto/der.h"
#include "lurk/tls/key_id.h"
#include "lurk/wire/base64.h"
#include "vectors/check/check.h"
#include <gmp.h>
#include <string.h>

/* --- RSA step by step (RFC 8017 §8.2.2) --- */

static const struct {
  const char *name;
  size_t digest_len;
  uint8_t prefix[19]; /* DigestInfo up to the digest (RFC 8017 §9.2, note 1) */
  size_t prefix_len;
} digest_infos[] = {
    {"SHA-1",
     20,
     {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
     15},
    {"SHA-256",
     32,
     {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
      0x04, 0x20},
     19},
};

static bool expected_block(const char *hash, struct lurk_octets digest, struct lurk_octets block) {
  size_t i = 0;
  while (i < 2 && strcmp(digest_infos[i].name, hash) != 0)
    i++;
  if (i == 2 || digest.len != digest_infos[i].digest_len ||
      block.len < 2 + 8 + 1 + digest_infos[i].prefix_len + digest.len)
    return false;
  uint8_t *at = block.data + block.len - digest.len;
  memcpy(at, digest.data, digest.len);
  at -= digest_infos[i].prefix_len;
  memcpy(at, digest_infos[i].prefix, digest_infos[i].prefix_len);
  memset(block.data, 0xff, (size_t)(at - block.data));
  block.data[0] = 0;
  block.data[1] = 1;
  at[-1] = 0;
  return true;
}

/* signature^exponent modulo modulus, as long as the modulus. */
static bool raise(struct lurk_octets signature, long long exponent, struct lurk_octets modulus,
                  uint8_t *out) {
  mpz_t s, n;
  mpz_inits(s, n, NULL);
  mpz_import(s, signature.len, 1, 1, 1, 0, signature.data);
  mpz_import(n, modulus.len, 1, 1, 1, 0, modulus.data);
  bool below = mpz_cmp(s, n) < 0 && exponent > 1;
  if (below) {
    mpz_powm_ui(s, s, (unsigned long)exponent, n);
    size_t len = (mpz_sizeinbase(s, 2) + 7) / 8;
    memset(out, 0, modulus.len);
    if (mpz_sgn(s) != 0)
      mpz_export(out + modulus.len - len, NULL, 1, 1, 1, 0, s);
  }
  mpz_clears(s, n, NULL);
  return below;
}

static const char *rsa_signature(struct call *call) {
  struct lurk_octets modulus = call_octets(call, "modulus"), digest = call_octets(call, "digest");
  struct lurk_octets signature = call_octets(call, "signature");
  struct lurk_octets block = call_room(call, modulus.len), expected = call_room(call, modulus.len);
  if (call->broken || signature.len != modulus.len ||
      !expected_block(call_text(call, "hash"), digest, expected) ||
      !raise(signature, call_number(call, "exponent"), modulus, block.data) ||
      memcmp(block.data, expected.data, block.len) != 0)
    return "mismatch";
  reply_octets(call, "block", block.data, block.len);
  return CHECK_OK;
}

/* --- issuers --- */

struct parts {
  const uint8_t *tbs;
  size_t tbs_len;
  struct lurk_der algorithm, signature;
};

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }, and the algorithm stands
 * in tbsCertificate too (RFC 5280 §4.1.1.2). */
static bool take_parts(struct lurk_octets der, struct parts *out) {
  struct lurk_der in = {der.data, der.len}, certificate, tbs, ignored, inner;
  uint8_t version;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &certificate) || in.len != 0)
    return false;
  out->tbs = certificate.data;
  if (!lurk_der_take(&certificate, LURK_DER_SEQUENCE, &tbs))
    return false;
  out->tbs_len = (size_t)(certificate.data - out->tbs);
  return lurk_der_take(&certificate, LURK_DER_SEQUENCE, &out->algorithm) &&
         lurk_der_take_bits(&certificate, &out->signature) && certificate.len == 0 &&
         lurk_der_take(&tbs, LURK_DER_CONTEXT_0, &ignored) && lurk_der_take_version(&ignored, &version) &&
         lurk_der_take(&tbs, LURK_DER_INTEGER, &ignored) && lurk_der_take(&tbs, LURK_DER_SEQUENCE, &inner) &&
         inner.len == out->algorithm.len && memcmp(inner.data, out->algorithm.data, inner.len) == 0;
}

static lurk_status algorithm_of(struct lurk_der identifier, struct lurk_signature_algorithm *out) {
  static const uint8_t rsa_sha256[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0};
  static const uint8_t ecdsa_sha256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2};
  out->hash = LURK_SHA256;
  if (identifier.len == sizeof rsa_sha256 && memcmp(identifier.data, rsa_sha256, identifier.len) == 0)
    out->kind = LURK_SIGN_RSA_PKCS1;
  else if (identifier.len == sizeof ecdsa_sha256 &&
           memcmp(identifier.data, ecdsa_sha256, identifier.len) == 0)
    out->kind = LURK_SIGN_ECDSA;
  else
    return LURK_ERR_UNSUPPORTED;
  return LURK_OK;
}

static const char *certificate_signature(struct call *call) {
  struct lurk_octets certificate = call_octets(call, "certificate"), issuer = call_octets(call, "issuer");
  struct parts parts;
  struct lurk_signature_algorithm algorithm;
  const uint8_t *spki;
  size_t spki_len;
  lurk_public_key *key = NULL;
  if (!take_parts(certificate, &parts) || !lurk_certificate_spki(issuer.data, issuer.len, &spki, &spki_len))
    return "malformed";
  lurk_status status = algorithm_of(parts.algorithm, &algorithm);
  if (status == LURK_OK)
    status = lurk_public_key_load(spki, spki_len, &key);
  if (status == LURK_OK) {
    status = lurk_verify(key, algorithm, parts.tbs, parts.tbs_len, parts.signature.data, parts.signature.len);
    if (status == LURK_ERR_UNSUPPORTED) /* the algorithm is not one of the issuer's key */
      status = LURK_ERR_MISMATCH;
  }
  lurk_public_key_free(key);
  return check_status(call, status);
}

/* --- usage --- */

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----\n"
#define PEM_END "\n-----END CERTIFICATE-----\n"

static bool load(struct call *call, struct lurk_octets der, struct lurk_x509 **out, size_t *count) {
  size_t len = lurk_base64_encoded_len(der.len);
  struct lurk_octets pem = call_room(call, sizeof PEM_BEGIN + len + len / 64 + sizeof PEM_END);
  struct lurk_octets text = call_room(call, len + 1);
  if (call->broken)
    return false;
  lurk_base64_encode(der.data, der.len, (char *)text.data);
  uint8_t *at = pem.data;
  memcpy(at, PEM_BEGIN, sizeof PEM_BEGIN - 1);
  at += sizeof PEM_BEGIN - 1;
  for (size_t done = 0; done < len; done += 64) { /* some readers want lines of 64 characters */
    size_t piece = len - done < 64 ? len - done : 64;
    memcpy(at, text.data + done, piece);
    at += piece;
    if (done + piece < len)
      *at++ = '\n';
  }
  memcpy(at, PEM_END, sizeof PEM_END - 1);
  at += sizeof PEM_END - 1;
  return lurk_x509_load(pem.data, (size_t)(at - pem.data), out, count) == LURK_OK;
}

static const char *key_usage(struct call *call) {
  struct lurk_octets der = call_octets(call, "certificate");
  const char *use = call_text(call, "use");
  struct lurk_x509 *certificate;
  size_t count;
  if (!load(call, der, &certificate, &count))
    return "malformed";
  bool allowed = strcmp(use, "digital_signature") == 0  ? certificate->digital_signature
                 : strcmp(use, "key_encipherment") == 0 ? certificate->key_encipherment
                                                        : certificate->server_auth;
  lurk_x509_free(certificate, count);
  return allowed ? CHECK_OK : "not_permitted";
}

const struct check_entry check_x509[] = {{"rsa_signature", rsa_signature},
                                         {"certificate_signature", certificate_signature},
                                         {"key_usage", key_usage},
                                         {"certificate_chain", check_certificate_chain},
                                         {NULL, NULL}};
