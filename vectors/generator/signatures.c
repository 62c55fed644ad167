/* Signatures over what TLS signs: the parameters of TLS 1.2 (RFC 8422 §5.4), CertificateVerify of TLS 1.3
 * (RFC 8446 §4.4.3), and which algorithm fits which key. */
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

/* --- public keys --- */

static json_t *key_question(struct octets spki) {
  return json_hex_object("spki", spki, NULL);
}

/* The domain parameters themselves in place of their name (RFC 3279 §2.3.5). */
static struct octets explicit_parameters(const struct curve *curve) {
  mpz_t a;
  mpz_init(a);
  mpz_sub_ui(a, curve->p, 3);
  struct octets field =
      DER_SEQUENCE(octets_hex("06072a8648ce3d0101"), der_integer(octets_of(curve->p, curve->size)));
  struct octets equation = DER_SEQUENCE(der_element(4, octets_of(a, curve->size)),
                                        der_element(4, octets_of(curve->b, curve->size)));
  mpz_clear(a);
  return DER_SEQUENCE(der_integer(U8(1)), field, equation,
                      der_element(4, curve_point(curve, curve_scalar_of(curve, 1))),
                      der_integer(octets_of(curve->n, curve->size)), der_integer(U8(1)));
}

static struct octets ec_key(struct octets parameters, struct octets point) {
  return DER_SEQUENCE(DER_SEQUENCE(octets_hex("06072a8648ce3d0201"), parameters),
                      der_element(3, CAT(U8(0), point)));
}

static void refuse_keys(const struct curve *curve, struct octets good) {
  struct octets name = octets_hex("06082a8648ce3d030107"), point = octets_part(good, good.len - 65, 65);
  const struct {
    const char *comment, *references, *status;
    struct octets spki;
  } table[] = {
      {"P-256 by its explicit parameters", "BG-5480-01", "unsupported",
       ec_key(explicit_parameters(curve), point)},
      {"implicit parameters", "BG-5480-01", "unsupported", ec_key(octets_hex("0500"), point)},
      {"secp256k1", "BG-5480-01", "unsupported", ec_key(octets_hex("06052b8104000a"), point)},
      {"the name of P-384 around a point of P-256", "BG-5480-01 IC-08", "malformed",
       ec_key(octets_hex("06052b81040022"), point)},
      {"a point that is not on the curve", "BG-8422-03 IC-01", "malformed",
       ec_key(name, octets_changed(point, 64, 1))},
      {"infinity", "BG-8422-03 IC-04", "malformed", ec_key(name, U8(0))},
      {"an octet behind it", "BG-7250-01", "malformed", CAT(good, U8(0))},
      {"cut by an octet", "BG-7250-01", "malformed", octets_without_last(good, 1)},
      {"the point alone", "BG-7250-01", "malformed", point},
      {"empty", "BG-7250-01", "malformed", octets_text("")},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_invalid(&group, table[i].comment, table[i].references, key_question(table[i].spki), table[i].status);
}

static void make_keys(struct collection *collection) {
  static const struct {
    enum key_name key;
    const char *type;
  } keys[] = {{KEY_RSA_SIGN, "RSA"}, {KEY_RSA_DECRYPT_3072, "RSA"}, {KEY_ED25519, "Ed25519"},
              {KEY_P521, "P-521"},   {KEY_P384, "P-384"},           {KEY_P256, "P-256"}};
  group_open(collection, &group, "public_key", "public_key",
             "Keys as SubjectPublicKeyInfo, which raw public keys are");
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    add_control(&group, key_of(keys[i].key)->name, "BG-5480-01 BG-7250-01 SKI-5.2-12",
                key_question(key_of(keys[i].key)->spki), json_pack("{s:s}", "type", keys[i].type));
  refuse_keys(curve_of(CURVE_P256), key_of(KEY_P256)->spki);
  struct octets modulus = octets_patched(drbg_nonzero(&group.drbg, 128), 0, U8(0xc1));
  struct octets rsa =
      DER_SEQUENCE(der_integer(octets_patched(modulus, 127, U8(0x0b))), octets_hex("0203010001"));
  add_invalid(&group, "RSA of 1024 bits", "CH-07",
              key_question(DER_SEQUENCE(octets_hex("300d06092a864886f70d0101010500"),
                                        der_element(3, CAT(U8(0), rsa)))),
              "unsupported");
}

/* --- which algorithm fits which key --- */

struct fit {
  const char *key_type;
  int scheme;
  bool tls13;
  const char *kind, *hash; /* kind NULL: refused */
  const char *references;
};

static void add_fit(const struct fit *fit) {
  char comment[80];
  json_t *input =
      json_pack("{s:s, s:i, s:b}", "key_type", fit->key_type, "scheme", fit->scheme, "tls13", fit->tls13);
  snprintf(comment, sizeof comment, "%s with %04x in TLS 1.%d", fit->key_type, (unsigned)fit->scheme,
           fit->tls13 ? 3 : 2);
  if (fit->kind == NULL)
    add_invalid(&group, comment, fit->references, input, "unsupported");
  else
    add_control(&group, comment, fit->references, input,
                json_pack("{s:s, s:s}", "kind", fit->kind, "hash", fit->hash));
}

static void make_schemes(struct collection *collection) {
  static const char base[] = "SKI-P-12 TLS12-6.4-08 KU-03 DG-04";
  static const struct fit table[] = {
      {"RSA", 0x0401, false, "rsa_pkcs1", "SHA-256", "SKI-P-12 TLS12-6.4-08 KU-03 DG-04 DG-05 BG-8446-05"},
      {"RSA", 0x0401, true, NULL, NULL, "BG-8446-05 DG-05 SKI-P-12"},
      {"RSA", 0x0501, true, NULL, NULL, "BG-8446-05 DG-05 SKI-P-12"},
      {"RSA", 0x0501, false, "rsa_pkcs1", "SHA-384", base},
      {"RSA", 0x0601, false, "rsa_pkcs1", "SHA-512", base},
      {"RSA", 0x0804, true, "rsa_pss", "SHA-256", "SKI-P-16 SKI-P-12 KU-05 KU-03 BG-8446-05 DG-05"},
      {"RSA", 0x0809, true, NULL, NULL, "KU-05 SKI-P-12"},
      {"RSA", 0x080a, true, NULL, NULL, "KU-05 SKI-P-12"},
      {"RSA", 0x080b, false, NULL, NULL, "KU-05 TLS12-6.4-08"},
      {"RSA", 0x0201, false, NULL, NULL, "DG-04 DG-05 BG-8446-05 TLS12-6.4-08 JS-20"},
      {"RSA", 0x0101, false, NULL, NULL, "DG-04 TLS12-6.4-08"},
      {"RSA", 0x0001, false, NULL, NULL, "DG-04 TLS12-6.4-08"},
      {"RSA", 0x0301, false, NULL, NULL, "DG-04 TLS12-6.4-08 SKI-P-12"},
      {"RSA", 0x0402, false, NULL, NULL, "DG-04 TLS12-6.4-08"},
      {"RSA", 0x0400, false, NULL, NULL, "DG-04 TLS12-6.4-08"},
      {"RSA", 0x0403, false, NULL, NULL, "KU-03 JS-20 TLS12-6.4-08"},
      {"RSA", 0x0104, false, NULL, NULL, "TLS12-6.4-08 LN-15"},
      {"RSA", 0x0805, true, "rsa_pss", "SHA-384", "SKI-P-16"},
      {"RSA", 0x0806, false, "rsa_pss", "SHA-512", "SKI-P-16 TLS12-6.4-08"},
      {"P-256", 0x0403, false, "ecdsa", "SHA-256", "SKI-P-12 TLS12-6.4-08 KU-03 KU-04 BG-5246-06 JS-20"},
      {"P-256", 0x0401, false, NULL, NULL, "KU-03 JS-20 TLS12-6.4-08"},
      {"P-256", 0x0807, true, NULL, NULL, "KU-04 SKI-P-12"},
      {"P-256", 0x0203, false, NULL, NULL, "DG-04 TLS12-6.4-08 JS-20"},
      {"P-256", 0x0304, false, NULL, NULL, "BG-5246-06 LN-15"},
      {"P-256", 0x0804, false, NULL, NULL, "KU-03 TLS12-6.4-08"},
      {"P-256", 0x0603, false, "ecdsa", "SHA-512", "BG-5246-06 TLS12-6.4-08"},
      {"P-256", 0x0403, true, "ecdsa", "SHA-256", "SKI-P-16 KU-06"},
      {"P-256", 0x0503, true, NULL, NULL, "KU-06 SKI-P-12"},
      {"P-384", 0x0503, true, "ecdsa", "SHA-384", "SKI-P-16 KU-06"},
      {"P-384", 0x0403, true, NULL, NULL, "KU-06 SKI-P-12"},
      {"P-521", 0x0603, true, "ecdsa", "SHA-512", "SKI-P-16 KU-06"},
      {"P-521", 0x0403, true, NULL, NULL, "KU-06 SKI-P-12"},
      {"Ed25519", 0x0807, true, "ed25519", "SHA-512", "SKI-P-16 BG-8422-05 KU-04"},
      {"Ed25519", 0x0403, true, NULL, NULL, "KU-03 KU-04 BG-8422-05"},
      {"Ed25519", 0x0808, true, NULL, NULL, "KU-04 BG-8422-05"},
      {"Ed25519", 0x0401, false, NULL, NULL, "KU-03 TLS12-6.4-08"},
  };
  group_open(collection, &group, "scheme", "scheme", "Which signature algorithm fits which key");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_fit(&table[i]);
}

void make_signatures(struct collection *collection) {
  make_pkcs1(collection);
  make_pss(collection);
  make_ecdsa(collection);
  make_ed25519(collection);
  make_keys(collection);
  make_schemes(collection);
}
