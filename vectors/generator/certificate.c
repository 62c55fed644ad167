#include "vectors/generator/certificate.h"

#include "vectors/generator/lurk.h"

#define COMMON_NAME "0603550403"
#define EXTENSION(oid, critical, content)                                                                    \
  DER_SEQUENCE(octets_hex(oid), octets_hex(critical ? "0101ff" : ""), der_element(4, content))

struct octets algorithm_rsa(enum lurk_hash hash) {
  static const char *const oids[] = {[LURK_SHA1] = "06092a864886f70d010105",
                                     [LURK_SHA224] = "06092a864886f70d01010e",
                                     [LURK_SHA256] = "06092a864886f70d01010b",
                                     [LURK_SHA384] = "06092a864886f70d01010c",
                                     [LURK_SHA512] = "06092a864886f70d01010d"};
  return DER_SEQUENCE(octets_hex(oids[hash]), octets_hex("0500"));
}

struct octets algorithm_ecdsa(void) {
  return DER_SEQUENCE(octets_hex("06082a8648ce3d040302"));
}

struct tbs tbs_of(const char *issuer, enum key_name issuer_key, const char *subject,
                  enum key_name subject_key) {
  bool rsa = lurk_private_key_type(key_of(issuer_key)->key) == LURK_KEY_RSA;
  return (struct tbs){.serial = 0x1001,
                      .issuer = issuer,
                      .subject = subject,
                      .not_before = "200101000000Z",
                      .not_after = "391231235959Z",
                      .subject_key = subject_key,
                      .issuer_key = issuer_key,
                      .path_length = -1,
                      .key_usage = KEY_USAGE_DIGITAL_SIGNATURE,
                      .algorithm = rsa ? algorithm_rsa(LURK_SHA256) : algorithm_ecdsa()};
}

static struct octets name_of(const char *text) {
  struct octets value = der_element(12, octets_text(text));
  return DER_SEQUENCE(der_element(0x31, DER_SEQUENCE(octets_hex(COMMON_NAME), value)));
}

/* A BIT STRING without trailing zero bits (X.690 §11.2.2). */
static struct octets usage_bits(unsigned usage) {
  unsigned unused = 0;
  while (unused < 8 && (usage >> unused & 1) == 0)
    unused++;
  return der_element(3, CAT(U8(unused), U8(usage)));
}

static struct octets basic_constraints(const struct tbs *tbs) {
  struct octets length = tbs->path_length < 0 ? octets_text("") : der_integer(U8((unsigned)tbs->path_length));
  return EXTENSION("0603551d13", true, DER_SEQUENCE(octets_hex(tbs->ca ? "0101ff" : ""), length));
}

/* Any method will do (RFC 5280 §4.2.1.2). */
static struct octets key_identifier(enum key_name name) {
  return octets_first(sha256_of(key_of(name)->spki), 20);
}

static struct octets identifiers(const struct tbs *tbs) {
  struct octets issuer = DER_SEQUENCE(der_element(0x80, key_identifier(tbs->issuer_key)));
  return CAT(EXTENSION("0603551d0e", false, der_element(4, key_identifier(tbs->subject_key))),
             EXTENSION("0603551d23", false, issuer));
}

static struct octets extensions_of(const struct tbs *tbs) {
  static const char *const purposes[] = {
      [SERVER_AUTH] = "06082b06010505070301", [CLIENT_AUTH] = "06082b06010505070302"};
  struct octets list = octets_text("");
  if (!tbs->no_basic_constraints)
    list = basic_constraints(tbs);
  if (tbs->key_usage != 0)
    list = CAT(list, EXTENSION("0603551d0f", true, usage_bits(tbs->key_usage)));
  if (tbs->extended_usage != ANY_USAGE)
    list = CAT(list, EXTENSION("0603551d25", false, DER_SEQUENCE(octets_hex(purposes[tbs->extended_usage]))));
  return der_element(0xa3, DER_SEQUENCE(list, identifiers(tbs)));
}

struct octets tbs_octets(const struct tbs *tbs) {
  struct octets validity = DER_SEQUENCE(der_element(23, octets_text(tbs->not_before)),
                                        der_element(23, octets_text(tbs->not_after)));
  return DER_SEQUENCE(der_element(0xa0, octets_hex("020102")), der_integer(U16(tbs->serial)), tbs->algorithm,
                      name_of(tbs->issuer), validity, name_of(tbs->subject), key_of(tbs->subject_key)->spki,
                      extensions_of(tbs));
}

struct octets certificate_of(struct octets tbs, struct octets algorithm, struct octets signature) {
  return DER_SEQUENCE(tbs, algorithm, der_element(3, CAT(U8(0), signature)));
}

struct octets certificate_signed(struct drbg *drbg, const struct tbs *tbs, enum key_name issuer_key) {
  const struct key *key = key_of(issuer_key);
  struct octets octets = tbs_octets(tbs), signature;
  if (lurk_private_key_type(key->key) == LURK_KEY_RSA)
    signature = sign_pkcs1(key, LURK_SHA256, octets);
  else
    signature = ecdsa_der(sign_ecdsa(drbg, key, curve_of(CURVE_P256), LURK_SHA256, octets));
  return certificate_of(octets, tbs->algorithm, signature);
}
