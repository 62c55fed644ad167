/* Signatures over what TLS signs: the parameters of TLS 1.2 (RFC 8422 §5.4), CertificateVerify of TLS 1.3
 * (RFC 8446 §4.4.3). */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"
#include "vectors/generator/sign.h"

#include <stdio.h>
#include <string.h>

static struct group group;

struct signer {
  enum key_name key;
  unsigned scheme;
  enum lurk_hash hash;
  unsigned curve;
  const char *comment;
};

static const struct key *of(const struct signer *signer) {
  return key_of(signer->key);
}

static json_t *claim(const struct signer *signer, bool tls13, struct octets message,
                     struct octets signature) {
  return json_pack("{s:s, s:i, s:b, s:o, s:o}", "key", of(signer)->name, "scheme", (int)signer->scheme,
                   "tls13", tls13, "message", json_hex(message), "signature", json_hex(signature));
}

/* client_random || ServerHello.random || ServerECDHParams, or 64 blanks, context, 00, hash. */
static struct octets tls12_message(void) {
  const struct curve *curve = curve_of(CURVE_P256);
  struct octets client_random = tls12_random(&group.drbg), server_random = tls12_random(&group.drbg);
  struct octets point = curve_point(curve, curve_scalar(curve, &group.drbg));
  return CAT(client_random, server_random, octets_hex("03001741"), point);
}

static struct octets tls13_message(void) {
  return CAT(octets_repeat(0x20, 64), octets_text("TLS 1.3, server CertificateVerify"), U8(0),
             drbg_octets(&group.drbg, 32));
}

static const char references12[] =
    "SKI-1-04 SKI-5.1.2-05 SKI-5.1.2-07 SKI-5.2-22 BG-8422-04 TLS12-6-01 XP-08";
static const char references13[] = "SKI-P-16 BG-8446-05 XP-07";

static void wrong(const struct signer *signer, bool tls13, const char *comment, const char *references,
                  struct octets message, struct octets signature) {
  char text[160];
  snprintf(text, sizeof text, "%s: %s", signer->comment, comment);
  add_invalid(&group, text, references, claim(signer, tls13, message, signature), "mismatch");
}

static void right(const struct signer *signer, bool tls13, const char *comment, const char *references,
                  struct octets message, struct octets signature) {
  char text[160];
  snprintf(text, sizeof text, "%s%s%s", signer->comment, *comment == '\0' ? "" : ": ", comment);
  add_control(&group, text, references, claim(signer, tls13, message, signature), json_object());
}

/* What is wrong whatever the algorithm. */
static void refuse_common(const struct signer *signer, bool tls13, struct octets message,
                          struct octets signature) {
  const char *references = tls13 ? references13 : references12;
  wrong(signer, tls13, "another message", references, octets_changed(message, 5, 0x10), signature);
  wrong(signer, tls13, "a bit of the signature changed", references, message,
        octets_changed(signature, signature.len - 3, 4));
  wrong(signer, tls13, "an octet behind it", "SKI-5.2-22 BG-5246-07", message, CAT(signature, U8(0)));
  wrong(signer, tls13, "cut by an octet", "SKI-5.2-22 BG-5246-07", message,
        octets_without_last(signature, 1));
  wrong(signer, tls13, "empty", "SKI-5.2-22", message, octets_text(""));
}

/* --- RSA PKCS#1 v1.5 --- */

static void refuse_blocks(const struct signer *signer, struct octets message) {
  static const char references[] = "BG-5246-07 SKI-5.2-22";
  const struct key *key = of(signer);
  struct octets digest = hash_of(signer->hash, message), info = digest_info(signer->hash, digest);
  struct octets block = pkcs1_block(key, info), garbage = drbg_octets(&group.drbg, key->size);
  size_t start = key->size - info.len;
  struct octets short_padding = CAT(octets_hex("0001"), octets_repeat(0xff, 8), U8(0), info);
  struct octets other = digest_info(signer->hash == LURK_SHA256 ? LURK_SHA384 : LURK_SHA256, digest);
  struct octets without_null = CAT(octets_first(info, 2 + 13), octets_part(info, 2 + 15, info.len - 17));
  without_null = octets_patched(without_null, 1, U8(without_null.len - 2));
  without_null = octets_patched(without_null, 3, U8(without_null.at[3] - 2));
  const struct {
    const char *comment;
    struct octets block;
  } table[] = {
      {"short padding, garbage behind the digest",
       CAT(short_padding, octets_first(garbage, key->size - short_padding.len))},
      {"garbage in front of DigestInfo", CAT(octets_hex("0001"), octets_repeat(0xff, 8), U8(0),
                                             octets_first(garbage, key->size - 11 - info.len), info)},
      {"block type 2", octets_patched(block, 1, U8(2))},
      {"first octet 01", octets_patched(block, 0, U8(1))},
      {"an octet of the padding is fe", octets_patched(block, 20, U8(0xfe))},
      {"no separator", octets_patched(block, start - 1, U8(0xff))},
      {"DigestInfo of another hash", pkcs1_block(key, other)},
      {"DigestInfo without NULL", pkcs1_block(key, without_null)},
      {"the digest without DigestInfo", pkcs1_block(key, digest)},
      {"DigestInfo with a long form of length",
       pkcs1_block(key, CAT(octets_hex("3081"), octets_part(info, 1, info.len - 1)))},
      {"DigestInfo of SHA-1", pkcs1_block(key, digest_info(LURK_SHA1, hash_of(LURK_SHA1, message)))},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    wrong(signer, false, table[i].comment, references, message, rsa_private(key, table[i].block));
}

static void make_pkcs1(struct collection *collection) {
  static const struct signer signers[] = {
      {KEY_RSA_SIGN, 0x0401, LURK_SHA256, 0, "rsa_pkcs1_sha256"},
      {KEY_RSA_SIGN, 0x0501, LURK_SHA384, 0, "rsa_pkcs1_sha384"},
      {KEY_RSA_SIGN, 0x0601, LURK_SHA512, 0, "rsa_pkcs1_sha512"},
  };
  group_open(collection, &group, "signature_rsa_pkcs1", "signature",
             "RSASSA-PKCS1-v1_5 over TLS 1.2 parameters");
  add_public_key(&group, KEY_RSA_SIGN);
  add_public_key(&group, KEY_RSA_DECRYPT);
  for (size_t i = 0; i < 3; i++) {
    struct octets message = tls12_message();
    struct octets signature = sign_pkcs1(of(&signers[i]), signers[i].hash, message);
    right(&signers[i], false, "",
          "SKI-5.1.2-05 SKI-5.1.2-07 SKI-5.2-22 BG-8422-04 BG-5246-07 BG-5246-06 SKI-1-04 TLS12-6-01",
          message, signature);
    refuse_common(&signers[i], false, message, signature);
    if (i == 0)
      refuse_blocks(&signers[i], message);
    struct signer other = signers[i];
    other.scheme = signers[(i + 1) % 3].scheme;
    wrong(&other, false, "said to be of another hash", "BG-5246-06 BG-5246-07", message, signature);
    other = signers[i];
    other.key = KEY_RSA_DECRYPT;
    wrong(&other, false, "another key", references12, message, signature);
  }
}

/* --- RSA PSS --- */

static void refuse_pss(const struct signer *signer, struct octets message) {
  static const char references[] = "BG-8446-05 SKI-P-16";
  const struct key *key = of(signer);
  static const size_t salts[] = {0, 20, 31, 33, 222};
  char comment[60];
  for (size_t i = 0; i < sizeof salts / sizeof *salts; i++) {
    struct octets block = pss_block(key, signer->hash, message, drbg_octets(&group.drbg, salts[i]));
    snprintf(comment, sizeof comment, "a salt of %zu octets", salts[i]);
    wrong(signer, true, comment, references, message, rsa_private(key, block));
  }
  struct octets salt = drbg_octets(&group.drbg, 32), block = pss_block(key, signer->hash, message, salt);
  wrong(signer, true, "last octet cc", references, message,
        rsa_private(key, octets_patched(block, key->size - 1, U8(0xcc))));
  wrong(signer, true, "a bit of the tag changed", references, message,
        rsa_private(key, octets_changed(block, key->size - 10, 1)));
  wrong(signer, true, "PKCS#1 v1.5 in place of PSS", "BG-8446-05 DG-05", message,
        sign_pkcs1(key, signer->hash, message));
  wrong(signer, true, "with SHA-384", references, message, sign_pss(&group.drbg, key, LURK_SHA384, message));
}

static void make_pss(struct collection *collection) {
  static const struct signer signers[] = {
      {KEY_RSA_SIGN, 0x0804, LURK_SHA256, 0, "rsa_pss_rsae_sha256"},
      {KEY_RSA_SIGN, 0x0805, LURK_SHA384, 0, "rsa_pss_rsae_sha384"},
      {KEY_RSA_SIGN, 0x0806, LURK_SHA512, 0, "rsa_pss_rsae_sha512"},
  };
  group_open(collection, &group, "signature_rsa_pss", "signature",
             "RSASSA-PSS over CertificateVerify of TLS 1.3");
  add_public_key(&group, KEY_RSA_SIGN);
  for (size_t i = 0; i < 3; i++) {
    struct octets message = tls13_message();
    struct octets signature = sign_pss(&group.drbg, of(&signers[i]), signers[i].hash, message);
    right(&signers[i], true, "", "SKI-P-16 BG-8446-05 SKI-5.2-22 XP-07", message, signature);
    refuse_common(&signers[i], true, message, signature);
    if (i == 0)
      refuse_pss(&signers[i], message);
    struct octets context = octets_patched(message, 73, octets_text("client"));
    wrong(&signers[i], true, "shown as one of the client", "XP-07 SKI-P-16", context, signature);
  }
}

/* --- ECDSA --- */

static void refuse_encodings(const struct signer *signer, struct octets message,
                             struct ecdsa_signature good) {
  static const char references[] = "BG-5246-07 SKI-5.2-22";
  const struct curve *curve = curve_of(signer->curve);
  struct octets r = der_integer(good.r), s = der_integer(good.s), zero = curve_scalar_of(curve, 0);
  struct octets n = octets_of(curve->n, curve->size);
  const struct {
    const char *comment;
    struct octets signature;
  } table[] = {
      {"r and s exchanged", ecdsa_der((struct ecdsa_signature){good.s, good.r})},
      {"r = 0", ecdsa_der((struct ecdsa_signature){zero, good.s})},
      {"s = 0", ecdsa_der((struct ecdsa_signature){good.r, zero})},
      {"r = s = 0", ecdsa_der((struct ecdsa_signature){zero, zero})},
      {"s = n", ecdsa_der((struct ecdsa_signature){good.r, n})},
      {"r and s without DER", CAT(good.r, good.s)},
      {"s missing", der_element(0x30, r)},
      {"an element behind s", DER_SEQUENCE(r, s, octets_hex("0500"))},
      {"an indefinite length", CAT(octets_hex("3080"), r, s, octets_hex("0000"))},
      {"a zero in front of r", DER_SEQUENCE(der_element(2, CAT(octets_hex("0000"), good.r)), s)},
      {"r as an octet string", DER_SEQUENCE(octets_patched(r, 0, U8(4)), s)},
      {"a set in place of the sequence", octets_patched(ecdsa_der(good), 0, U8(0x31))},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    wrong(signer, false, table[i].comment, references, message, table[i].signature);
}

static struct ecdsa_signature mirrored(const struct curve *curve, struct ecdsa_signature signature) {
  mpz_t s;
  mpz_init(s);
  number_of(s, signature.s);
  mpz_sub(s, curve->n, s);
  signature.s = octets_of(s, curve->size);
  mpz_clear(s);
  return signature;
}

static void make_ecdsa(struct collection *collection) {
  static const struct signer signers[] = {
      {KEY_P256, 0x0403, LURK_SHA256, CURVE_P256, "ecdsa_secp256r1_sha256"},
      {KEY_P384, 0x0503, LURK_SHA384, CURVE_P384, "ecdsa_secp384r1_sha384"},
      {KEY_P521, 0x0603, LURK_SHA512, CURVE_P521, "ecdsa_secp521r1_sha512"},
      {KEY_P256, 0x0603, LURK_SHA512, CURVE_P256, "P-256 with SHA-512"},
      {KEY_P521, 0x0403, LURK_SHA256, CURVE_P521, "P-521 with SHA-256"},
  };
  group_open(collection, &group, "signature_ecdsa", "signature",
             "ECDSA over parameters of TLS 1.2, and TLS 1.3");
  for (unsigned i = KEY_P256; i <= KEY_P521; i++)
    add_public_key(&group, (enum key_name)i);
  for (size_t i = 0; i < sizeof signers / sizeof *signers; i++) {
    const struct signer *signer = &signers[i];
    const struct curve *curve = curve_of(signer->curve);
    struct octets message = tls12_message();
    struct ecdsa_signature signature = sign_ecdsa(&group.drbg, of(signer), curve, signer->hash, message);
    right(signer, false, "",
          "SKI-5.1.2-05 SKI-5.1.2-07 SKI-5.2-22 BG-8422-04 BG-5246-07 BG-5246-06 SKI-1-04 TLS12-6-01 XP-08",
          message, ecdsa_der(signature));
    refuse_common(signer, false, message, ecdsa_der(signature));
    refuse_encodings(signer, message, signature);
    right(signer, false, "n - s in place of s verifies as well", "BG-5246-07 OR-15", message,
          ecdsa_der(mirrored(curve, signature)));
    wrong(signer, false, "n - r in place of r", "BG-5246-07 OR-15", message,
          ecdsa_der(mirrored(curve, (struct ecdsa_signature){signature.s, signature.r})));
    struct signer other = *signer;
    other.scheme = signer->scheme == 0x0403 ? 0x0503 : 0x0403;
    wrong(&other, false, "said to be of another hash", "BG-5246-06", message, ecdsa_der(signature));
    if (i >= 3)
      continue;
    message = tls13_message();
    signature = sign_ecdsa(&group.drbg, of(signer), curve, signer->hash, message);
    right(signer, true, "TLS 1.3", "SKI-P-16 XP-07", message, ecdsa_der(signature));
    wrong(signer, true, "TLS 1.3, shown as one of the client", "SKI-P-16 XP-07",
          octets_patched(message, 73, octets_text("client")), ecdsa_der(signature));
  }
}

/* --- Ed25519 --- */

static void make_ed25519(struct collection *collection) {
  static const struct signer signer = {KEY_ED25519, 0x0807, LURK_SHA512, 0, "ed25519"};
  group_open(collection, &group, "signature_ed25519", "signature",
             "Ed25519 over parameters of TLS 1.2, and TLS 1.3");
  add_public_key(&group, KEY_ED25519);
  for (unsigned tls13 = 0; tls13 <= 1; tls13++) {
    struct octets message = tls13 ? tls13_message() : tls12_message();
    struct octets signature = sign_ed25519(of(&signer), message);
    right(&signer, tls13, tls13 ? "TLS 1.3" : "TLS 1.2",
          tls13 ? "SKI-P-16 BG-8422-05" : "BG-8422-05 BG-8422-04 SKI-5.2-22", message, signature);
    refuse_common(&signer, tls13, message, signature);
    /* S + L: the order is 2^252 + 27742317777372353535851937790883648493 (RFC 8032 §5.1.7). */
    mpz_t s, order;
    mpz_init(s);
    mpz_init_set_str(order, "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16);
    number_of(s, octets_reversed(octets_part(signature, 32, 32)));
    mpz_add(s, s, order);
    wrong(&signer, tls13, "S beyond the order", "BG-8422-05", message,
          CAT(octets_first(signature, 32), octets_reversed(octets_of(s, 32))));
    mpz_clears(s, order, NULL);
    wrong(&signer, tls13, "R of zeros", "BG-8422-05", message,
          octets_patched(signature, 0, octets_repeat(0, 32)));
    wrong(&signer, tls13, "the digest of the message signed", "BG-8422-05 SKI-4.2.3-04", message,
          sign_ed25519(of(&signer), hash_of(LURK_SHA512, message)));
  }
}

void make_signatures(struct collection *collection) {
  make_pkcs1(collection);
  make_pss(collection);
  make_ecdsa(collection);
  make_ed25519(collection);
}
