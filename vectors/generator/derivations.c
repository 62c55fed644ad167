/* What TLS 1.2 and tls12 derive: freshness, PRF, master secrets, Finished, names of keys, the time in S. Each
 * vector is a claim: the invalid ones claim what a frequent mistake gives. */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include "lurk/tls/master.h"
#include "lurk/tls/prf.h"
#include <stdio.h>
#include <string.h>

static struct group group;

static const struct {
  const char *name;
  enum lurk_hash hash;
  size_t len;
  const char *suite; /* with that hash in its PRF */
} hashes[] = {{"SHA-256", LURK_SHA256, 32, "009c"},
              {"SHA-384", LURK_SHA384, 48, "009d"},
              {"SHA-512", LURK_SHA512, 64, ""}};

struct octets prf_of(enum lurk_hash hash, struct octets secret, const char *label, struct octets seed,
                     size_t len) {
  uint8_t *out = octets_new(len);
  if (lurk_prf(hash, secret.at, secret.len, label, seed.at, seed.len, out, len) != LURK_OK)
    die("PRF failed");
  return (struct octets){out, len};
}

struct octets hash_of(enum lurk_hash hash, struct octets message) {
  uint8_t *out = octets_new(LURK_MAX_HASH_LEN);
  if (lurk_digest(hash, message.at, message.len, out) != LURK_OK)
    die("hash failed");
  return (struct octets){out, lurk_hash_len(hash)};
}

static void wrong(const char *comment, const char *references, json_t *input) {
  add_invalid(&group, comment, references, input, "mismatch");
}

/* --- freshness --- */

static json_t *freshness_claim(struct octets s, struct octets random) {
  return json_hex_object("server_random", s, "server_hello_random", random, NULL);
}

static void make_freshness(struct collection *collection) {
  static const char references[] =
      "TLS12-4.1.1-04 TLS12-4.1.1-05 TLS12-4.1.1-08 TLS12-4.1.1-03 TLS12-4.1.1-06";
  group_open(collection, &group, "freshness", "freshness", "ServerHello.random from S");
  for (unsigned i = 0; i < 3; i++) {
    struct octets s = i == 0   ? octets_repeat(0, 32)
                      : i == 1 ? octets_repeat(0xff, 32)
                               : tls12_random(&group.drbg);
    struct octets random = tls12_freshness(s);
    add_control(&group,
                i == 0   ? "S of zeros"
                : i == 1 ? "S of ones"
                         : "S",
                references, freshness_claim(s, random), json_hex_object("server_hello_random", random, NULL));
  }
  struct octets s = tls12_random(&group.drbg), label = octets_text("tls12 pfs"), random = tls12_freshness(s);
  add_control(&group, "S, to be mistaken", references, freshness_claim(s, random),
              json_hex_object("server_hello_random", random, NULL));
  wrong("S itself", "TLS12-4.1.1-06 TLS12-4.1.1-07 TLS12-4-03 RP-01", freshness_claim(s, s));
  wrong("all 32 octets of the digest: the time is lost", "TLS12-4.1.1-03 TLS12-4.1.1-04 TLS12-4.1.1-08",
        freshness_claim(s, sha256_of(CAT(s, label))));
  struct octets four = octets_first(s, 4);
  wrong("the first 28 octets of the digest behind the time", "TLS12-4.1.1-04 TLS12-4.1.1-08",
        freshness_claim(s, CAT(four, octets_first(sha256_of(CAT(s, label)), 28))));
  wrong("the label in front", "TLS12-4.1.1-04",
        freshness_claim(s, CAT(four, octets_part(sha256_of(CAT(label, s)), 4, 28))));
  wrong("another label", "TLS12-4.1.1-04 TLS12-4.1.1-05",
        freshness_claim(s, CAT(four, octets_part(sha256_of(CAT(s, octets_text("tls12 pfs\n"))), 4, 28))));
  wrong("the label with its NUL", "TLS12-4.1.1-04",
        freshness_claim(s, CAT(four, octets_part(sha256_of(CAT(s, label, U8(0))), 4, 28))));
  wrong("over the 28 octets behind the time", "TLS12-4.1.1-04",
        freshness_claim(s, CAT(four, octets_part(sha256_of(CAT(octets_part(s, 4, 28), label)), 4, 28))));
  wrong("applied twice", "TLS12-4.1.1-05", freshness_claim(s, tls12_freshness(random)));
}

/* --- time --- */

static void make_times(struct collection *collection) {
  static const struct {
    const char *comment;
    uint32_t time, now;
    bool valid;
  } table[] = {{"now", 1700000000, 1700000000, true},
               {"60 seconds ago", 1699999940, 1700000000, true},
               {"in 60 seconds", 1700000060, 1700000000, true},
               {"61 seconds ago", 1699999939, 1700000000, false},
               {"in 61 seconds", 1700000061, 1700000000, false},
               {"0", 0, 1700000000, false},
               {"ffffffff", 0xffffffff, 1700000000, false},
               {"2038, when signed seconds end", 0x80000000, 0x7fffffff, true},
               {"2106, when the field begins anew: 59 seconds before it", 0xffffffc5, 0, true},
               {"2106: 61 seconds before it", 0xffffffc3, 0, false}};
  static const char references[] = "TLS12-4.4-05 TLS12-4.4-06 TLS12-4.4-07 TLS12-4.1.1-03 RP-02";
  group_open(collection, &group, "time_window", "time_window",
             "gmt_unix_time of S in a window of 60 seconds");
  struct octets rest = drbg_octets(&group.drbg, 28);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    json_t *input = json_pack("{s:o, s:I, s:i}", "server_random", json_hex(CAT(U32(table[i].time), rest)),
                              "now", (json_int_t)table[i].now, "window", 60);
    if (table[i].valid)
      add_control(&group, table[i].comment, references, input, json_object());
    else
      add_invalid(&group, table[i].comment, references, input, "invalid_tls_random");
  }
}

/* --- PRF --- */

static json_t *prf_claim(const char *hash, struct octets secret, const char *label, struct octets seed,
                         struct octets output) {
  return json_pack("{s:s, s:o, s:s, s:o, s:o}", "hash", hash, "secret", json_hex(secret), "label", label,
                   "seed", json_hex(seed), "output", json_hex(output));
}

static void make_prf(struct collection *collection) {
  static const size_t sizes[] = {12, 48, 100};
  static const char references[] = "TLS12-4.1-05 TLS12-4.4-25";
  group_open(collection, &group, "prf", "prf", "The pseudorandom function of TLS 1.2 (RFC 5246 §5)");
  for (size_t h = 0; h < 3; h++) {
    struct octets secret = drbg_octets(&group.drbg, 48), seed = drbg_octets(&group.drbg, 63), output;
    for (size_t i = 0; i < 3; i++) {
      output = prf_of(hashes[h].hash, secret, "test label", seed, sizes[i]);
      add_control(&group, hashes[h].name, references,
                  prf_claim(hashes[h].name, secret, "test label", seed, output),
                  json_hex_object("output", output, NULL));
    }
    output = prf_of(hashes[(h + 1) % 3].hash, secret, "test label", seed, 48);
    wrong("with another hash", references, prf_claim(hashes[h].name, secret, "test label", seed, output));
    output = prf_of(hashes[h].hash, secret, "test labe", CAT(U8('l'), seed), 48);
    add_valid(&group, "label and seed are one string", references,
              prf_claim(hashes[h].name, secret, "test labe", CAT(U8('l'), seed), output),
              json_hex_object("output", output, NULL));
    output = prf_of(hashes[h].hash, secret, "test label", CAT(U8(0), seed), 48);
    wrong("the label with its NUL", references,
          prf_claim(hashes[h].name, secret, "test label", seed, output));
    uint8_t *tag = octets_new(LURK_MAX_HASH_LEN);
    struct octets once = CAT(octets_text("test label"), seed);
    lurk_hmac(hashes[h].hash, secret.at, secret.len, once.at, once.len, tag);
    wrong("HMAC once", references,
          prf_claim(hashes[h].name, secret, "test label", seed, (struct octets){tag, hashes[h].len}));
  }
}

/* --- master secret --- */

static json_t *master_claim(const char *hash, struct octets premaster, struct octets client, struct octets s,
                            struct octets master) {
  json_t *input = json_hex_object("premaster", premaster, "client_random", client, "server_random", s,
                                  "master", master, NULL);
  json_object_set_new(input, "hash", json_string(hash));
  return input;
}

static struct octets master_of(enum lurk_hash hash, struct octets premaster, struct octets first,
                               struct octets second) {
  return prf_of(hash, premaster, "master secret", CAT(first, second), 48);
}

static void make_masters(struct collection *collection) {
  static const char references[] = "TLS12-4.4-14 TLS12-4.1-05 TLS12-9.1-01 SKI-5.1.1-08";
  group_open(collection, &group, "master_secret", "master_secret", "Master secrets of rsa_master, from S");
  for (size_t h = 0; h < 3; h++) {
    struct octets premaster = CAT(U16(0x0303), drbg_octets(&group.drbg, 46));
    struct octets client = tls12_random(&group.drbg), s = tls12_random(&group.drbg),
                  image = tls12_freshness(s);
    struct octets master = master_of(hashes[h].hash, premaster, client, image);
    const char *name = hashes[h].name;
    add_control(&group, name, references, master_claim(name, premaster, client, s, master),
                json_hex_object("server_hello_random", image, "master", master, NULL));
    wrong("with S in place of its image", "TLS12-4.4-14 TLS12-4-03 RP-01 SKI-5.1.1-08",
          master_claim(name, premaster, client, s, master_of(hashes[h].hash, premaster, client, s)));
    wrong("with the randoms exchanged", "TLS12-4.4-14 SKI-5.1.1-08",
          master_claim(name, premaster, client, s, master_of(hashes[h].hash, premaster, image, client)));
    wrong("with another hash", "TLS12-4.1-05 TLS12-4.4-25",
          master_claim(name, premaster, client, s,
                       master_of(hashes[(h + 1) % 3].hash, premaster, client, image)));
    wrong("the premaster secret itself", "TLS12-9.1-01 TLS12-4-01",
          master_claim(name, premaster, client, s, premaster));
    wrong("with the label of key expansion", "TLS12-4.4-14 OR-18",
          master_claim(name, premaster, client, s,
                       prf_of(hashes[h].hash, premaster, "key expansion", CAT(client, image), 48)));
  }
}

static json_t *messages_claim(unsigned type, struct octets messages, const char *with, struct octets secret,
                              const char *what, struct octets claimed) {
  json_t *input = json_hex_object("messages", messages, with, secret, what, claimed, NULL);
  json_object_set_new(input, "type", json_integer(type));
  return input;
}

static struct flight flight_with(size_t h, bool extended) {
  struct octets certificate = drbg_octets(&group.drbg, 24), ciphertext = drbg_octets(&group.drbg, 64);
  struct flight flight = flight_of(&group.drbg, extended, certificate, ciphertext);
  flight.suite = h == 0 ? 0x009c : 0x009d;
  return flight;
}

/* A client certificate and its CertificateVerify: Finished covers them, the session hash ends before. */
static struct octets verify_message(void) {
  return handshake_message(15, CAT(octets_hex("0401"), octets_vector(2, drbg_octets(&group.drbg, 16))));
}

static struct octets certificate_message(void) {
  return handshake_message(11, octets_vector(3, octets_vector(3, drbg_octets(&group.drbg, 10))));
}

static struct message authenticated(const struct flight *flight, struct octets certificate,
                                    struct octets verify) {
  struct message messages = flight_messages(flight);
  struct octets request = handshake_message(13, octets_hex("0101 0002 0401 0000"));
  messages = message_with(&messages, "certificate_request", request);
  messages = message_with(&messages, "client_certificate", certificate);
  return message_with(&messages, "certificate_verify", verify);
}

static struct octets extended_of(size_t h, struct octets premaster, struct octets messages) {
  return prf_of(hashes[h].hash, premaster, "extended master secret", hash_of(hashes[h].hash, messages), 48);
}

/* RFC 7627 §3: the session hash ends with ClientKeyExchange. */
static void make_authenticated(size_t h, struct octets premaster) {
  static const char references[] = "TLS12-5.1-04 TLS12-5.1-03";
  struct flight flight = flight_with(h, true), wire = flight;
  wire.server_random = tls12_freshness(flight.server_random);
  struct octets certificate = certificate_message(), verify = verify_message();
  struct message full = authenticated(&flight, certificate, verify);
  struct message session = authenticated(&wire, certificate, octets_text(""));
  struct octets messages = message_octets(&full), covered = message_octets(&session);
  struct octets master = extended_of(h, premaster, covered);
  add_control(&group, "with a client certificate: CertificateVerify is not covered", references,
              messages_claim(5, messages, "premaster", premaster, "master", master),
              json_hex_object("session_hash", hash_of(hashes[h].hash, covered), "master", master, NULL));
  master = extended_of(h, premaster, CAT(covered, verify));
  wrong("with CertificateVerify covered", references,
        messages_claim(5, messages, "premaster", premaster, "master", master));
}

static void make_extended(struct collection *collection) {
  static const char references[] = "TLS12-5-01 TLS12-5.4-02 TLS12-4.4-09 TLS12-4.4-25 SKI-5.1.1-08";
  group_open(collection, &group, "extended_master_secret", "extended_master_secret",
             "Master secrets of RFC 7627, from handshake messages with S");
  for (size_t h = 0; h < 2; h++) {
    struct flight flight = flight_with(h, true);
    struct octets premaster = CAT(U16(0x0303), drbg_octets(&group.drbg, 46));
    struct octets messages = flight_octets(&flight), wire = flight_on_the_wire(&flight);
    struct octets master = extended_of(h, premaster, wire);
#define CLAIM(claimed) messages_claim(4, messages, "premaster", premaster, "master", claimed)
    add_control(&group, hashes[h].name, references, CLAIM(master),
                json_hex_object("session_hash", hash_of(hashes[h].hash, wire), "master", master, NULL));
    wrong("over S in place of its image", "TLS12-5.4-02 TLS12-4.4-09 RP-01",
          CLAIM(extended_of(h, premaster, messages)));
    wrong("with the other hash", "TLS12-4.4-25", CLAIM(extended_of(1 - h, premaster, wire)));
    wrong("the older derivation", "TLS12-5-01 TLS12-5.4-04 SKI-5.1.1-08",
          CLAIM(master_of(hashes[h].hash, premaster, flight.client_random,
                          tls12_freshness(flight.server_random))));
    wrong("over the messages without ClientKeyExchange", "TLS12-5.1-03",
          CLAIM(extended_of(h, premaster, octets_without_last(wire, 4 + 2 + 64))));
#undef CLAIM
    make_authenticated(h, premaster);
  }
}

static struct octets finished_of(size_t h, struct octets master, const char *label, struct octets messages) {
  return prf_of(hashes[h].hash, master, label, hash_of(hashes[h].hash, messages), 12);
}

static void make_finished(struct collection *collection) {
  static const char references[] = "TLS12-4.1-10 TLS12-4.4-15 TLS12-4-04 TLS12-4.4-09 PH-02 PH-04";
  group_open(collection, &group, "finished", "finished",
             "verify_data of the client, from handshake messages with S");
  for (size_t h = 0; h < 2; h++) {
    struct flight flight = flight_with(h, false);
    struct octets master = drbg_octets(&group.drbg, 48), messages = flight_octets(&flight);
    struct octets wire = flight_on_the_wire(&flight),
                  verify_data = finished_of(h, master, "client finished", wire);
#define CLAIM(claimed) messages_claim(3, messages, "master", master, "verify_data", claimed)
    add_control(
        &group, hashes[h].name, references, CLAIM(verify_data),
        json_hex_object("handshake_hash", hash_of(hashes[h].hash, wire), "verify_data", verify_data, NULL));
    wrong("of the server", "TLS12-4.1-10 TLS12-4.4-15 PH-02",
          CLAIM(finished_of(h, master, "server finished", wire)));
    wrong("over S in place of its image", "TLS12-4.4-09 TLS12-4-04 PH-04",
          CLAIM(finished_of(h, master, "client finished", messages)));
    wrong("with the other hash", "TLS12-4.4-25", CLAIM(finished_of(1 - h, master, "client finished", wire)));
    wrong("of another connection", "TLS12-4.4-15 PH-03",
          CLAIM(finished_of(h, drbg_octets(&group.drbg, 48), "client finished", wire)));
    wrong("of zeros", "TLS12-4.4-15 PH-01", CLAIM(octets_repeat(0, 12)));
    wrong("right in its first eleven octets", "TLS12-4.4-15 PH-08",
          CLAIM(octets_changed(verify_data, 11, 1)));
    wrong("over the messages and their CertificateVerify that is left out", "TLS12-5.1-04 PH-07",
          CLAIM(finished_of(h, master, "client finished", CAT(wire, verify_message()))));
#undef CLAIM
  }
}

/* --- names of keys --- */

static json_t *name_claim(const struct key *key, const char *what, struct octets claimed) {
  json_t *input = json_hex_object(what, claimed, NULL);
  json_object_set_new(input, "key", json_string(key->name));
  return input;
}

static const enum key_name named[] = {
    KEY_RSA_SIGN, KEY_RSA_DECRYPT_3072, KEY_RSA_EXPONENT_3, KEY_P256, KEY_P384, KEY_P521};

static void make_key_ids(struct collection *collection) {
  group_open(collection, &group, "key_id", "key_id", "Key ids of tls12");
  for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
    const struct key *key = key_of(named[i]);
    bool rsa = i < 3;
    const char *references = rsa ? "TLS12-4.1-01 TLS12-4.1-02" : "TLS12-4.1-01 TLS12-4.1-03";
    struct octets digest = tls12_key_id(key), id = CAT(U8(0), digest), spki = sha256_of(key->spki);
    add_public_key(&group, named[i]);
    add_control(&group, key->name, references, name_claim(key, "key_id", id),
                json_hex_object("key_id", id, NULL));
    if (rsa) {
      wrong("of SubjectPublicKeyInfo, as a peer has it (A-06)", references,
            name_claim(key, "key_id", CAT(U8(0), octets_first(spki, 4))));
      add_flag(&group, "key-id-of-spki");
    }
    wrong("the last octets of the digest", references,
          name_claim(key, "key_id", CAT(U8(0), octets_part(spki, 28, 4))));
    wrong("with SHA-1", references,
          name_claim(key, "key_id", CAT(U8(0), octets_first(hash_of(LURK_SHA1, key->spki), 4))));
    wrong("without its type", references, name_claim(key, "key_id", digest));
  }
}

static void make_fingerprints(struct collection *collection) {
  static const char references[] = "SKI-5.2-12";
  group_open(collection, &group, "spki_fingerprint", "spki_fingerprint",
             "SPKI fingerprints of SKI (RFC 7469 §2.4)");
  for (size_t i = 0; i < sizeof named / sizeof *named + 1; i++) {
    enum key_name name = i < sizeof named / sizeof *named ? named[i] : KEY_ED25519;
    const struct key *key = key_of(name);
    struct octets digest = sha256_of(key->spki);
    add_public_key(&group, name);
    add_control(&group, key->name, references, name_claim(key, "fingerprint", digest),
                json_hex_object("fingerprint", digest, NULL));
    wrong("over the key without its algorithm", references,
          name_claim(key, "fingerprint", sha256_of(key_bits(key))));
    wrong("of SHA-1 and zeros", "SKI-5.2-12 SKI-P-14",
          name_claim(key, "fingerprint", CAT(hash_of(LURK_SHA1, key->spki), octets_repeat(0, 12))));
  }
}

void make_derivations(struct collection *collection) {
  make_freshness(collection);
  make_times(collection);
  make_prf(collection);
  make_masters(collection);
  make_extended(collection);
  make_finished(collection);
  make_key_ids(collection);
  make_fingerprints(collection);
}
