#include "vectors/generator/sign.h"

#include "vectors/generator/lurk.h"

/* --- DER --- */

struct octets der_element(uint8_t tag, struct octets content) {
  struct octets length = content.len < 0x80    ? U8(content.len)
                         : content.len <= 0xff ? CAT(U8(0x81), U8(content.len))
                                               : CAT(U8(0x82), U16(content.len));
  return CAT(U8(tag), length, content);
}

struct octets der_integer(struct octets number) {
  while (number.len > 1 && number.at[0] == 0)
    number = octets_part(number, 1, number.len - 1);
  return der_element(2, number.at[0] & 0x80 ? CAT(U8(0), number) : number);
}

/* --- PKCS#1 v1.5 --- */

struct octets digest_info(enum lurk_hash hash, struct octets digest) {
  static const char *const oids[] = {[LURK_SHA1] = "06052b0e03021a",
                                     [LURK_SHA224] = "0609608648016503040204",
                                     [LURK_SHA256] = "0609608648016503040201",
                                     [LURK_SHA384] = "0609608648016503040202",
                                     [LURK_SHA512] = "0609608648016503040203"};
  return DER_SEQUENCE(DER_SEQUENCE(octets_hex(oids[hash]), octets_hex("0500")), der_element(4, digest));
}

struct octets pkcs1_block(const struct key *key, struct octets content) {
  return CAT(octets_hex("0001"), octets_repeat(0xff, key->size - 3 - content.len), U8(0), content);
}

struct octets sign_pkcs1(const struct key *key, enum lurk_hash hash, struct octets message) {
  return rsa_private(key, pkcs1_block(key, digest_info(hash, hash_of(hash, message))));
}

/* --- PSS --- */

static struct octets mgf1(enum lurk_hash hash, struct octets seed, size_t len) {
  struct octets out = octets_text("");
  for (uint32_t counter = 0; out.len < len; counter++)
    out = CAT(out, hash_of(hash, CAT(seed, U32(counter))));
  return octets_first(out, len);
}

static struct octets combined(struct octets a, struct octets b) {
  uint8_t *out = octets_new(a.len);
  for (size_t i = 0; i < a.len; i++)
    out[i] = a.at[i] ^ b.at[i];
  return (struct octets){out, a.len};
}

/* The modulus has 8 * size bits, so EM has one less: its first bit is cleared. */
struct octets pss_block(const struct key *key, enum lurk_hash hash, struct octets message,
                        struct octets salt) {
  struct octets tag = hash_of(hash, CAT(octets_repeat(0, 8), hash_of(hash, message), salt));
  size_t len = key->size - tag.len - 1;
  struct octets block = CAT(octets_repeat(0, len - salt.len - 1), U8(1), salt);
  struct octets masked = combined(block, mgf1(hash, tag, len));
  return CAT(octets_patched(masked, 0, U8(masked.at[0] & 0x7f)), tag, U8(0xbc));
}

struct octets sign_pss(struct drbg *drbg, const struct key *key, enum lurk_hash hash, struct octets message) {
  return rsa_private(key, pss_block(key, hash, message, drbg_octets(drbg, lurk_hash_len(hash))));
}

/* --- ECDSA --- */

/* The leftmost bits of the digest, as many as the order has. */
static void number_of_digest(mpz_t out, const struct curve *curve, struct octets digest) {
  size_t bits = mpz_sizeinbase(curve->n, 2);
  number_of(out, digest);
  if (8 * digest.len > bits)
    mpz_tdiv_q_2exp(out, out, 8 * digest.len - bits);
}

struct ecdsa_signature sign_ecdsa(struct drbg *drbg, const struct key *key, const struct curve *curve,
                                  enum lurk_hash hash, struct octets message) {
  struct octets nonce = curve_scalar(curve, drbg);
  struct octets x = octets_part(curve_point(curve, nonce), 1, curve->size);
  mpz_t r, s, k, z;
  mpz_inits(r, s, k, z, NULL);
  number_of(r, x);
  mpz_mod(r, r, curve->n);
  number_of(s, key->scalar);
  number_of_digest(z, curve, hash_of(hash, message));
  mpz_mul(s, s, r);
  mpz_add(s, s, z);
  number_of(k, nonce);
  mpz_invert(k, k, curve->n);
  mpz_mul(s, s, k);
  mpz_mod(s, s, curve->n);
  if (mpz_sgn(r) == 0 || mpz_sgn(s) == 0)
    die("this seed gives an ECDSA signature with a zero: take another");
  struct ecdsa_signature out = {octets_of(r, curve->size), octets_of(s, curve->size)};
  mpz_clears(r, s, k, z, NULL);
  return out;
}

struct octets ecdsa_der(struct ecdsa_signature signature) {
  return DER_SEQUENCE(der_integer(signature.r), der_integer(signature.s));
}

struct octets sign_ed25519(const struct key *key, struct octets message) {
  static const struct lurk_signature_algorithm algorithm = {LURK_SIGN_ED25519, LURK_SHA512};
  uint8_t *out = octets_new(LURK_MAX_SIGNATURE_LEN);
  size_t len;
  if (lurk_sign(key->key, algorithm, message.at, message.len, out, &len) != LURK_OK)
    die("Ed25519 failed");
  return (struct octets){out, len};
}
