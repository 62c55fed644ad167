/* RSA premaster secrets with implicit rejection (A-15, A-64; RFC 5246 §7.4.7.1). Each vector claims what a
 * key server answers. The substitute is this project's formula; another one that depends on nothing but key,
 * ciphertext and version is as good, hence the flag. */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include <stdio.h>
#include <string.h>

#define VERSION 0x0303

static struct group group;
static const struct key *key;
static const char flag[] = "own-substitute";

static struct octets hmac_of(enum lurk_hash hash, struct octets secret, struct octets message) {
  uint8_t *out = octets_new(LURK_MAX_HASH_LEN);
  if (lurk_hmac(hash, secret.at, secret.len, message.at, message.len, out) != LURK_OK)
    die("HMAC failed");
  return (struct octets){out, lurk_hash_len(hash)};
}

struct octets premaster_substitute(const struct key *of, struct octets ciphertext, unsigned version) {
  struct octets secret =
      hmac_of(LURK_SHA256, octets_of(of->d, of->size), octets_text("lurkspec premaster implicit rejection"));
  return CAT(U16(version), octets_part(hmac_of(LURK_SHA384, secret, ciphertext), 2, 46));
}

/* 00 02, padding without a zero, 00, message. */
static struct octets block_of(struct octets message) {
  struct octets padding = drbg_nonzero(&group.drbg, key->size - 3 - message.len);
  return CAT(octets_hex("0002"), padding, U8(0), message);
}

struct octets premaster_encrypt(struct drbg *drbg, const struct key *of, struct octets message) {
  struct octets padding = drbg_nonzero(drbg, of->size - 3 - message.len);
  return rsa_public(of, CAT(octets_hex("0002"), padding, U8(0), message));
}

static json_t *claim(struct octets ciphertext, unsigned version, struct octets premaster) {
  return json_pack("{s:s, s:i, s:o, s:o}", "key", key->name, "version", (int)version, "ciphertext",
                   json_hex(ciphertext), "premaster", json_hex(premaster));
}

/* A bad ciphertext: the substitute is right; what would follow from the block itself is an oracle. */
static void rejected(const char *comment, const char *references, struct octets ciphertext,
                     struct octets revealed) {
  char text[160];
  struct octets substitute = premaster_substitute(key, ciphertext, VERSION);
  add_control(&group, comment, references, claim(ciphertext, VERSION, substitute),
              json_hex_object("premaster", substitute, NULL));
  add_flag(&group, flag);
  snprintf(text, sizeof text, "%s: released", comment);
  add_invalid(&group, text, references, claim(ciphertext, VERSION, revealed), "mismatch");
}

static void rejected_block(const char *comment, const char *references, struct octets block) {
  rejected(comment, references, rsa_public(key, block), octets_part(block, key->size - 48, 48));
}

static const char common[] =
    "SKI-5.1.1-05 SKI-P-09 SKI-P-10 TLS12-4.4-11 TLS12-4.4-13 BG-5246-01 BG-8017-02 BL-15";

static const char *with_common(const char *references) {
  char *text = (char *)octets_new(strlen(references) + sizeof common + 1);
  sprintf(text, "%s %s", references, common);
  return text;
}

static void reject_padding(struct octets good) {
  static const uint8_t types[] = {0x00, 0x01, 0x03, 0xff};
  char comment[80];
  for (size_t i = 0; i < sizeof types; i++) {
    snprintf(comment, sizeof comment, "block type %02x", types[i]);
    rejected_block(comment, with_common("BL-01"), octets_patched(good, 1, U8(types[i])));
  }
  rejected_block("first octet 01", with_common("BL-02"), octets_patched(good, 0, U8(1)));
  for (size_t at = 2; at < 10; at += 7) {
    snprintf(comment, sizeof comment, "zero in padding octet %zu", at - 1);
    rejected_block(comment, with_common("BL-03"), octets_patched(good, at, U8(0)));
  }
  rejected_block("separator in the middle", with_common("BL-05"), octets_patched(good, key->size / 2, U8(0)));
  rejected_block("no separator", with_common("BL-04"), octets_patched(good, key->size - 49, U8(0x7f)));
  rejected_block("zeros in front of the premaster", with_common("BL-03"),
                 CAT(octets_repeat(0, key->size - 48), octets_part(good, key->size - 48, 48)));
}

static void reject_messages(struct octets premaster) {
  static const size_t sizes[] = {0, 1, 32, 46, 47, 49, 64};
  static const unsigned versions[] = {0x0302, 0x0301, 0x0300, 0x0304, 0x0000, 0xffff, 0xfefd};
  char comment[80];
  struct octets longer = CAT(premaster, drbg_octets(&group.drbg, 16));
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    snprintf(comment, sizeof comment, "a message of %zu octets", sizes[i]);
    rejected_block(comment, with_common(sizes[i] == 32 ? "SKI-5.1.1-04 BL-05 OR-14" : "SKI-5.1.1-04 BL-05"),
                   block_of(octets_first(longer, sizes[i])));
  }
  for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
    snprintf(comment, sizeof comment, "version %04x", versions[i]);
    rejected_block(comment, with_common("SKI-5.1.1-03 BG-5246-02 TLS12-4.4-12 BL-06"),
                   block_of(octets_patched(premaster, 0, U16(versions[i]))));
  }
}

/* Numbers at the ends of the range and beyond. */
static void reject_numbers(void) {
  struct octets zeros = CAT(U16(VERSION), octets_repeat(0, 46));
  mpz_t number;
  mpz_init(number);
  for (int step = -1; step <= 1; step++) {
    char comment[40];
    mpz_set(number, key->n);
    step < 0 ? mpz_sub_ui(number, number, 1) : mpz_add_ui(number, number, (unsigned)step);
    snprintf(comment, sizeof comment, "ciphertext n%s", step < 0 ? " - 1" : step > 0 ? " + 1" : "");
    rejected(comment, with_common("BG-8017-01 BL-07"), octets_of(number, key->size), zeros);
  }
  mpz_clear(number);
  rejected("ciphertext 0", with_common("BG-8017-01 BL-07"), octets_repeat(0, key->size), zeros);
  rejected("ciphertext 1", with_common("BG-8017-01 BL-07"), CAT(octets_repeat(0, key->size - 1), U8(1)),
           zeros);
  rejected("ciphertext of ones only", with_common("BG-8017-01 BL-07"), octets_repeat(0xff, key->size), zeros);
}

/* Blocks of other schemes. */
static void reject_schemes(struct octets premaster) {
  struct octets signature_block = CAT(octets_hex("0001"), octets_repeat(0xff, key->size - 50), premaster);
  rejected_block("a block of a signature", with_common("BL-01 BL-17"),
                 octets_patched(signature_block, key->size - 49, U8(0)));
  struct octets oaep = CAT(U8(0), drbg_octets(&group.drbg, key->size - 1));
  rejected_block("a block as OAEP makes it", with_common("BL-17"), octets_patched(oaep, 1, U8(0x5c)));
  struct octets pss = CAT(U8(0x2a), drbg_octets(&group.drbg, key->size - 2), U8(0xbc));
  rejected_block("a block as PSS makes it", with_common("BL-17"), pss);
}

static void add_good(struct octets premaster) {
  static const char references[] =
      "SKI-5.1.1-02 SKI-5.1.1-07 SKI-5.2-18 SKI-5.2-21 SKI-5.1.1-01 BG-8017-01 BG-5246-02";
  struct octets ciphertext = rsa_public(key, block_of(premaster));
  add_control(&group, "a good ciphertext", references, claim(ciphertext, VERSION, premaster),
              json_hex_object("premaster", premaster, NULL));
  add_invalid(&group, "a good ciphertext, its substitute claimed", references,
              claim(ciphertext, VERSION, premaster_substitute(key, ciphertext, VERSION)), "mismatch");
  add_invalid(&group, "a good ciphertext, one bit of the premaster wrong", "SKI-5.1.1-07 SKI-5.2-21",
              claim(ciphertext, VERSION, octets_changed(premaster, 47, 1)), "mismatch");
  struct octets wrong[] = {octets_without_last(ciphertext, 1), CAT(ciphertext, U8(0)), octets_text(""),
                           CAT(U16(key->size), ciphertext), octets_first(ciphertext, 10)};
  static const char *const comments[] = {
      "a ciphertext one octet short", "a ciphertext one octet long", "an empty ciphertext",
      "a ciphertext with its length in front (A-90)", "a ciphertext of ten octets"};
  for (size_t i = 0; i < 5; i++)
    add_invalid(&group, comments[i], "SKI-5.1.1-02 SKI-5.2-18 TLS12-4.4-10 BG-8017-01 BL-12 JS-14",
                claim(wrong[i], VERSION, premaster), "malformed");
  struct octets zeros = CAT(U16(VERSION), octets_repeat(0, 46));
  add_control(&group, "a premaster of zeros", references,
              claim(rsa_public(key, block_of(zeros)), VERSION, zeros),
              json_hex_object("premaster", zeros, NULL));
  struct octets dtls = octets_patched(premaster, 0, U16(0xfefd));
  ciphertext = rsa_public(key, block_of(dtls));
  add_control(&group, "a good ciphertext of DTLS 1.2",
              "SKI-5.1.1-01 SKI-5.1.1-03 BG-5246-02 TLS12-4.4-12 XP-10", claim(ciphertext, 0xfefd, dtls),
              json_hex_object("premaster", dtls, NULL));
  ciphertext = rsa_public(key, block_of(premaster));
  struct octets substitute = premaster_substitute(key, ciphertext, 0xfefd);
  add_control(&group, "a premaster of TLS where DTLS is expected",
              "SKI-5.1.1-03 BG-5246-02 TLS12-4.4-12 BL-06", claim(ciphertext, 0xfefd, substitute),
              json_hex_object("premaster", substitute, NULL));
  add_flag(&group, flag);
  add_invalid(&group, "a premaster of TLS where DTLS is expected: released",
              "SKI-5.1.1-03 BG-5246-02 TLS12-4.4-12 BL-06 XP-10", claim(ciphertext, 0xfefd, premaster),
              "mismatch");
}

/* Answers that tell good and bad apart when they are asked for twice, or for two keys. */
static void refuse_other_substitutes(struct octets premaster) {
  struct octets ciphertext = rsa_public(key, octets_patched(block_of(premaster), 1, U8(1)));
  struct octets substitute = premaster_substitute(key, ciphertext, VERSION);
  add_control(&group, "bad padding, asked again", "TLS12-9.1-02 TLS12-4.4-13 BL-08 BL-10 BL-09 BL-16",
              claim(ciphertext, VERSION, substitute), json_hex_object("premaster", substitute, NULL));
  add_flag(&group, flag);
  const struct key *other = key_of(KEY_RSA_SIGN);
  add_invalid(&group, "a random answer (tls12 §4.4 step 7 by the letter)",
              "TLS12-9.1-02 TLS12-4.4-13 BL-08 BL-16",
              claim(ciphertext, VERSION, CAT(U16(VERSION), drbg_octets(&group.drbg, 46))), "mismatch");
  add_invalid(&group, "the substitute of another key", "BL-10",
              claim(ciphertext, VERSION, premaster_substitute(other, ciphertext, VERSION)), "mismatch");
  add_invalid(&group, "the substitute of another version", "BL-09 SKI-P-09",
              claim(ciphertext, VERSION, premaster_substitute(key, ciphertext, 0x0302)), "mismatch");
  add_invalid(&group, "the substitute without its version", "SKI-P-09",
              claim(ciphertext, VERSION, octets_patched(substitute, 0, drbg_octets(&group.drbg, 2))),
              "mismatch");
}

void make_premasters(struct collection *collection) {
  static const enum key_name names[] = {KEY_RSA_DECRYPT, KEY_RSA_DECRYPT_3072};
  for (size_t i = 0; i < 2; i++) {
    char name[40];
    key = key_of(names[i]);
    snprintf(name, sizeof name, "rsa_premaster_%zu", 8 * key->size);
    group_open(collection, &group, name, "rsa_premaster",
               "Decryption of premaster secrets with implicit rejection");
    add_private_key(&group, names[i]);
    struct octets premaster = CAT(U16(VERSION), drbg_nonzero(&group.drbg, 46));
    add_good(premaster);
    reject_padding(block_of(premaster));
    if (i == 0) {
      reject_messages(premaster);
      reject_numbers();
      reject_schemes(premaster);
    }
    refuse_other_substitutes(premaster);
  }
}
