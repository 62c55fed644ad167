/* Which keys are on offer, as SubjectPublicKeyInfo, and which signature algorithm fits which of them. */
#include "vectors/generator/groups.h"
#include "vectors/generator/sign.h"

#include <stdio.h>

static struct group group;

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

void make_algorithms(struct collection *collection) {
  make_keys(collection);
  make_schemes(collection);
}
