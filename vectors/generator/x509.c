/* How certificates use signatures: RSA by hand on a published chain, forgeries, chains, key usage (RFC 5280
 * §4.2.1, §6.1; RFC 8017 §8.2). */
#include "vectors/generator/certificate.h"
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"
#include "vectors/generator/x509_example.h"

#include <stdio.h>

static struct group group;

/* --- RSA verification step by step --- */

static json_t *rsa_claim(struct octets modulus, unsigned exponent, const char *hash, struct octets digest,
                         struct octets signature) {
  json_t *input = json_hex_object("modulus", modulus, "digest", digest, "signature", signature, NULL);
  json_object_set_new(input, "exponent", json_integer(exponent));
  json_object_set_new(input, "hash", json_string(hash));
  return input;
}

static struct octets example_block(size_t size, struct octets digest) {
  struct octets info = digest_info(LURK_SHA1, digest);
  return CAT(octets_hex("0001"), octets_repeat(0xff, size - 3 - info.len), U8(0), info);
}

/* A chain of three as it was served in 2010, with SHA-1 as certificates then had it. */
static void add_example(void) {
  static const char references[] = "BG-5246-07 CH-03 CH-07";
  for (size_t i = 0; i < X509_EXAMPLES; i++) {
    const struct x509_example *example = &x509_examples[i];
    struct octets modulus = octets_hex(example->modulus), signature = octets_hex(example->signature);
    struct octets digest = octets_hex(example->digest);
    add_control(&group, example->comment, references, rsa_claim(modulus, 65537, "SHA-1", digest, signature),
                json_hex_object("block", example_block(modulus.len, digest), NULL));
    add_invalid(&group, "with a changed digest: a bit of the certificate changed", references,
                rsa_claim(modulus, 65537, "SHA-1", octets_changed(digest, 7, 1), signature), "mismatch");
    add_invalid(&group, "with a changed signature", references,
                rsa_claim(modulus, 65537, "SHA-1", digest, octets_changed(signature, 40, 1)), "mismatch");
    add_invalid(&group, "with another exponent", references,
                rsa_claim(modulus, 3, "SHA-1", digest, signature), "mismatch");
    struct octets other = octets_hex(x509_examples[i == 2 ? 0 : 2].modulus);
    add_invalid(&group, "with the key of another issuer", references,
                rsa_claim(other, 65537, "SHA-1", digest, signature), "mismatch");
  }
}

/* Bleichenbacher's forgery of 2006: the cube root of a block whose end nobody looks at. No private key. */
static struct octets cube_root_forgery(const struct key *key, struct octets digest) {
  struct octets start =
      CAT(octets_hex("0001"), octets_repeat(0xff, 8), U8(0), digest_info(LURK_SHA256, digest));
  mpz_t number;
  mpz_init(number);
  number_of(number, CAT(start, octets_repeat(0xff, key->size - start.len)));
  mpz_root(number, number, 3);
  struct octets signature = octets_of(number, key->size);
  mpz_clear(number);
  return signature;
}

static void add_low_exponent(void) {
  static const char references[] = "BG-5246-07 CH-03";
  const struct key *key = key_of(KEY_RSA_EXPONENT_3);
  struct octets modulus = octets_of(key->n, key->size), message = drbg_octets(&group.drbg, 40);
  struct octets digest = sha256_of(message), info = digest_info(LURK_SHA256, digest);
  struct octets block = pkcs1_block(key, info), garbage = drbg_octets(&group.drbg, key->size);
  add_control(&group, "exponent 3, a signature", references,
              rsa_claim(modulus, 3, "SHA-256", digest, rsa_private(key, block)),
              json_hex_object("block", block, NULL));
  struct octets start = CAT(octets_hex("0001"), octets_repeat(0xff, 8), U8(0), info);
  const struct {
    const char *comment;
    struct octets signature;
  } table[] = {
      {"exponent 3, a cube root: garbage behind the digest, made without the private key",
       cube_root_forgery(key, digest)},
      {"exponent 3, garbage behind the digest, made with the private key",
       rsa_private(key, CAT(start, octets_first(garbage, key->size - start.len)))},
      {"exponent 3, no padding at all",
       rsa_private(key, CAT(octets_hex("000100"), info, octets_first(garbage, key->size - 3 - info.len)))},
      {"exponent 3, the number 1", CAT(octets_repeat(0, key->size - 1), U8(1))},
      {"exponent 3, the number 0", octets_repeat(0, key->size)},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_invalid(&group, table[i].comment, references,
                rsa_claim(modulus, 3, "SHA-256", digest, table[i].signature), "mismatch");
}

static void make_rsa(struct collection *collection) {
  group_open(collection, &group, "x509_rsa_signature", "rsa_signature",
             "RSA signatures of certificates, step by step");
  add_example();
  add_low_exponent();
}

/* --- certificates and their issuers --- */

static const char root_name[] = "Vectors Root", intermediate_name[] = "Vectors Intermediate",
                  second_name[] = "Vectors Second Intermediate", leaf_name[] = "www.example";

static struct tbs root_tbs(void) {
  struct tbs tbs = tbs_of(root_name, KEY_CA_ROOT, root_name, KEY_CA_ROOT);
  tbs.serial = 1;
  tbs.ca = true;
  tbs.key_usage = KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN;
  return tbs;
}

static struct tbs intermediate_tbs(void) {
  struct tbs tbs = tbs_of(root_name, KEY_CA_ROOT, intermediate_name, KEY_CA_INTERMEDIATE);
  tbs.serial = 2;
  tbs.ca = true;
  tbs.path_length = 0;
  tbs.key_usage = KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN;
  return tbs;
}

static struct tbs leaf_tbs(void) {
  struct tbs tbs = tbs_of(intermediate_name, KEY_CA_INTERMEDIATE, leaf_name, KEY_P256);
  tbs.extended_usage = SERVER_AUTH;
  return tbs;
}

static json_t *issued_claim(struct octets certificate, struct octets issuer) {
  return json_hex_object("certificate", certificate, "issuer", issuer, NULL);
}

static void refuse_rsa_issued(struct octets root, const struct tbs *tbs) {
  static const char references[] = "BG-5246-07 CH-03";
  const struct key *key = key_of(KEY_CA_ROOT);
  struct octets octets = tbs_octets(tbs), info = digest_info(LURK_SHA256, sha256_of(octets));
  struct octets garbage = drbg_octets(&group.drbg, key->size), algorithm = tbs->algorithm;
  struct octets start = CAT(octets_hex("0001"), octets_repeat(0xff, 8), U8(0), info);
  struct octets good = sign_pkcs1(key, LURK_SHA256, octets), null = octets_hex("0500");
  struct tbs other = *tbs;
  other.serial++;
  const struct {
    const char *comment, *status;
    struct octets certificate;
  } table[] = {
      {"short padding, garbage behind the digest", "mismatch",
       certificate_of(octets, algorithm,
                      rsa_private(key, CAT(start, octets_first(garbage, key->size - start.len))))},
      {"DigestInfo of SHA-512 around a SHA-256", "mismatch",
       certificate_of(octets, algorithm,
                      rsa_private(key, pkcs1_block(key, digest_info(LURK_SHA512, sha256_of(octets)))))},
      {"the digest without DigestInfo", "mismatch",
       certificate_of(octets, algorithm, rsa_private(key, pkcs1_block(key, sha256_of(octets))))},
      {"block type 2", "mismatch",
       certificate_of(octets, algorithm, rsa_private(key, octets_patched(pkcs1_block(key, info), 1, U8(2))))},
      {"another serial number", "mismatch", certificate_of(tbs_octets(&other), algorithm, good)},
      {"an octet behind the signature", "mismatch", certificate_of(octets, algorithm, CAT(good, U8(0)))},
      {"a signature of SHA-384 said to be of SHA-256", "mismatch",
       certificate_of(octets, algorithm, sign_pkcs1(key, LURK_SHA384, octets))},
      {"the algorithm outside is another than inside", "malformed",
       certificate_of(octets, algorithm_rsa(LURK_SHA384), sign_pkcs1(key, LURK_SHA384, octets))},
      {"an octet behind the certificate", "malformed", CAT(certificate_of(octets, algorithm, good), U8(0))},
      {"an element behind the signature", "malformed",
       DER_SEQUENCE(octets, algorithm, der_element(3, CAT(U8(0), good)), null)},
      {"signed by the key of the certificate", "mismatch",
       certificate_of(octets, algorithm,
                      ecdsa_der(sign_ecdsa(&group.drbg, key_of(KEY_CA_INTERMEDIATE), curve_of(CURVE_P256),
                                           LURK_SHA256, octets)))},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_invalid(&group, table[i].comment, references, issued_claim(table[i].certificate, root),
                table[i].status);
}

static void refuse_sha1(struct octets root, struct tbs tbs) {
  tbs.algorithm = algorithm_rsa(LURK_SHA1);
  struct octets octets = tbs_octets(&tbs);
  add_invalid(
      &group, "with SHA-1", "CH-07",
      issued_claim(certificate_of(octets, tbs.algorithm, sign_pkcs1(key_of(KEY_CA_ROOT), LURK_SHA1, octets)),
                   root),
      "unsupported");
}

static void make_issued(struct collection *collection) {
  static const char references[] = "BG-5246-07 CH-03 CH-07";
  group_open(collection, &group, "x509_certificate_signature", "certificate_signature",
             "Signatures of certificates by their issuers");
  struct tbs root_of = root_tbs(), intermediate_of = intermediate_tbs(), leaf_of = leaf_tbs();
  struct octets root = certificate_signed(&group.drbg, &root_of, KEY_CA_ROOT);
  struct octets leaf = certificate_signed(&group.drbg, &leaf_of, KEY_CA_INTERMEDIATE);
  struct octets intermediate = certificate_signed(&group.drbg, &intermediate_of, KEY_CA_ROOT);
  add_valid(&group, "a root, by itself", references, issued_claim(root, root), json_object());
  add_control(&group, "a leaf, by ECDSA", references, issued_claim(leaf, intermediate), json_object());
  add_invalid(&group, "a leaf, by the issuer of its issuer", "CH-03", issued_claim(leaf, root), "mismatch");
  struct octets tbs = tbs_octets(&leaf_of);
  struct ecdsa_signature signature =
      sign_ecdsa(&group.drbg, key_of(KEY_CA_INTERMEDIATE), curve_of(CURVE_P256), LURK_SHA256, tbs);
  struct octets bare = CAT(signature.r, signature.s);
  add_invalid(&group, "ECDSA without DER", "BG-5246-07 CH-03",
              issued_claim(certificate_of(tbs, leaf_of.algorithm, bare), intermediate), "mismatch");
  add_control(&group, "an intermediate, by RSA", references, issued_claim(intermediate, root), json_object());
  refuse_rsa_issued(root, &intermediate_of);
  refuse_sha1(root, intermediate_of);
}

/* --- chains --- */

#define NOW 1700000000

struct chain {
  struct tbs root, intermediate, leaf;
  bool longer; /* with a second intermediate between intermediate and leaf */
  enum key_name intermediate_signer, leaf_signer;
};

static struct chain good_chain(void) {
  return (struct chain){.root = root_tbs(),
                        .intermediate = intermediate_tbs(),
                        .leaf = leaf_tbs(),
                        .intermediate_signer = KEY_CA_ROOT,
                        .leaf_signer = KEY_CA_INTERMEDIATE};
}

static struct octets second_intermediate(void) {
  struct tbs tbs = tbs_of(intermediate_name, KEY_CA_INTERMEDIATE, second_name, KEY_RSA_SIGN);
  tbs.serial = 3;
  tbs.ca = true;
  tbs.key_usage = KEY_USAGE_CERT_SIGN;
  return certificate_signed(&group.drbg, &tbs, KEY_CA_INTERMEDIATE);
}

static struct chain longer_chain(int path_length) {
  struct chain chain = good_chain();
  chain.longer = true;
  chain.intermediate.path_length = path_length;
  chain.leaf = tbs_of(second_name, KEY_RSA_SIGN, leaf_name, KEY_P256);
  chain.leaf.extended_usage = SERVER_AUTH;
  chain.leaf_signer = KEY_RSA_SIGN;
  return chain;
}

static json_t *chain_claim(const struct chain *chain, bool with_intermediate) {
  json_t *list = json_array();
  json_array_append_new(list, json_hex(certificate_signed(&group.drbg, &chain->leaf, chain->leaf_signer)));
  if (chain->longer)
    json_array_append_new(list, json_hex(second_intermediate()));
  if (with_intermediate)
    json_array_append_new(
        list, json_hex(certificate_signed(&group.drbg, &chain->intermediate, chain->intermediate_signer)));
  return json_pack("{s:o, s:o, s:i}", "certificates", list, "anchor",
                   json_hex(certificate_signed(&group.drbg, &chain->root, KEY_CA_ROOT)), "now", NOW);
}

static void refuse_chain(const char *comment, const char *references, const struct chain *chain) {
  add_invalid(&group, comment, references, chain_claim(chain, true), "untrusted");
}

static void refuse_authorities(void) {
  struct chain chain = good_chain();
  chain.leaf_signer = KEY_P256;
  refuse_chain("a leaf signed by itself under the name of the intermediate", "CH-03", &chain);
  chain = good_chain();
  chain.intermediate_signer = KEY_CA_INTERMEDIATE;
  chain.intermediate.algorithm = algorithm_ecdsa();
  refuse_chain("an intermediate signed by itself under the name of the root", "CH-03", &chain);
  chain = good_chain();
  chain.leaf.issuer = "Somebody else";
  refuse_chain("a leaf that names another issuer", "CH-03", &chain);
  chain = good_chain();
  add_invalid(&group, "the intermediate left out", "CH-03 CH-05", chain_claim(&chain, false), "untrusted");
  chain.intermediate.ca = false;
  chain.intermediate.path_length = -1;
  refuse_chain("an intermediate that is no authority: a leaf that signs", "CH-05 KU-10", &chain);
  chain = good_chain();
  chain.intermediate.no_basic_constraints = true;
  refuse_chain("an intermediate without basicConstraints", "CH-05 KU-10", &chain);
  chain = good_chain();
  chain.intermediate.key_usage = KEY_USAGE_DIGITAL_SIGNATURE;
  refuse_chain("an intermediate whose key usage is not keyCertSign", "CH-05", &chain);
}

static void refuse_times(void) {
  struct chain chain = good_chain();
  chain.leaf.not_after = "231114221319Z";
  refuse_chain("a leaf that ended a second ago", "CH-04 KU-08", &chain);
  chain = good_chain();
  chain.leaf.not_before = "231114221321Z";
  refuse_chain("a leaf that begins in a second", "CH-04", &chain);
  chain = good_chain();
  chain.intermediate.not_after = "211231235959Z";
  refuse_chain("an intermediate that has ended", "CH-04", &chain);
}

static void make_chains(struct collection *collection) {
  group_open(collection, &group, "x509_chain", "certificate_chain",
             "Chains from a server's certificate to an anchor");
  struct chain chain = good_chain();
  chain.leaf.not_after = "231114221321Z";
  add_valid(&group, "a leaf that has a second left", "CH-04", chain_claim(&chain, true), json_object());
  chain.leaf.not_after = "391231235959Z";
  chain.leaf.not_before = "231114221320Z";
  add_valid(&group, "a leaf in its first second", "CH-04", chain_claim(&chain, true), json_object());
  chain = good_chain();
  chain.leaf.extended_usage = ANY_USAGE;
  add_valid(&group, "a leaf without extended key usage", "CH-05", chain_claim(&chain, true), json_object());
  chain = longer_chain(1);
  add_control(&group, "two intermediates under a path length of 1", "CH-05", chain_claim(&chain, true),
              json_object());
  chain = longer_chain(0);
  refuse_chain("two intermediates under a path length of 0", "CH-05", &chain);
  chain = good_chain();
  add_control(&group, "leaf, intermediate, root", "CH-03 CH-04 CH-05 SKI-1-04", chain_claim(&chain, true),
              json_object());
  refuse_authorities();
  refuse_times();
  chain = good_chain();
  chain.leaf.extended_usage = CLIENT_AUTH;
  refuse_chain("a leaf for clients only", "CH-05", &chain);
}

/* --- key usage --- */

static void make_usages(struct collection *collection) {
  static const struct {
    const char *comment;
    unsigned usage;
    enum extended_usage extended;
    bool sign, encipher, serve;
  } table[] = {
      {"digitalSignature", KEY_USAGE_DIGITAL_SIGNATURE, SERVER_AUTH, true, false, true},
      {"keyEncipherment", KEY_USAGE_KEY_ENCIPHERMENT, SERVER_AUTH, false, true, true},
      {"both", KEY_USAGE_DIGITAL_SIGNATURE | KEY_USAGE_KEY_ENCIPHERMENT, SERVER_AUTH, true, true, true},
      {"no key usage, no extended key usage", 0, ANY_USAGE, true, true, true},
      {"keyCertSign", KEY_USAGE_CERT_SIGN, ANY_USAGE, false, false, true},
      {"clientAuth", KEY_USAGE_DIGITAL_SIGNATURE, CLIENT_AUTH, true, false, false},
  };
  static const char references[] = "CH-05 KU-01 KU-02";
  group_open(collection, &group, "x509_key_usage", "key_usage", "What a certificate lets its key do");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct tbs tbs = tbs_of(root_name, KEY_CA_ROOT, leaf_name, KEY_RSA_DECRYPT);
    tbs.serial = 0x2000 + (unsigned)i;
    tbs.key_usage = table[i].usage;
    tbs.extended_usage = table[i].extended;
    struct octets certificate = certificate_signed(&group.drbg, &tbs, KEY_CA_ROOT);
    const struct {
      const char *use;
      bool allowed;
    } uses[] = {{"digital_signature", table[i].sign},
                {"key_encipherment", table[i].encipher},
                {"server_auth", table[i].serve}};
    for (unsigned allowed = 2; allowed-- > 0;) {
      for (size_t use = 0; use < 3; use++) {
        char comment[100];
        json_t *input = json_pack("{s:o, s:s}", "certificate", json_hex(certificate), "use", uses[use].use);
        snprintf(comment, sizeof comment, "%s: %s", table[i].comment, uses[use].use);
        if (uses[use].allowed != allowed)
          json_decref(input);
        else if (allowed)
          add_control(&group, comment, references, input, json_object());
        else
          add_invalid(&group, comment, references, input, "not_permitted");
      }
    }
  }
}

void make_x509(struct collection *collection) {
  make_rsa(collection);
  make_issued(collection);
  make_chains(collection);
  make_usages(collection);
}
