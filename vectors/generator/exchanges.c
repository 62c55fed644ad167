/* Whole exchanges of tls12: a request and the answer that belongs to it (tls12 §4, §5, §6). */
#include "vectors/generator/certificate.h"
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include <stdio.h>

static struct group group;

static json_t *claim(const struct key *key, unsigned type, struct octets payload, struct octets answer) {
  return json_pack("{s:s, s:i, s:o, s:o}", "key", key->name, "type", (int)type, "payload", json_hex(payload),
                   "answer", json_hex(answer));
}

/* --- RSA --- */

static const struct key *key;

struct rsa_exchange {
  unsigned type;
  struct octets key_id;
  struct flight flight;
  struct octets premaster;
  struct octets verify_data; /* "" without proof of handshake */
};

static bool with_proof(const struct rsa_exchange *x) {
  return x->type == 3 || x->type == 5;
}

static struct octets image_of(const struct rsa_exchange *x) {
  return tls12_freshness(x->flight.server_random);
}

static enum lurk_hash prf_hash_of(const struct rsa_exchange *x) {
  return x->flight.suite == 0x009d ? LURK_SHA384 : LURK_SHA256;
}

static struct octets master_with(const struct rsa_exchange *x, struct octets premaster) {
  if (x->type <= 3)
    return prf_of(prf_hash_of(x), premaster, "master secret", CAT(x->flight.client_random, image_of(x)), 48);
  return prf_of(prf_hash_of(x), premaster, "extended master secret",
                hash_of(prf_hash_of(x), flight_on_the_wire(&x->flight)), 48);
}

static struct octets finished_with(const struct rsa_exchange *x, struct octets premaster) {
  struct octets hash = hash_of(prf_hash_of(x), flight_on_the_wire(&x->flight));
  return prf_of(prf_hash_of(x), master_with(x, premaster), "client finished", hash, 12);
}

static struct octets payload_of(const struct rsa_exchange *x) {
  if (x->type != 2) {
    struct message payload = tls12_handshake(x->key_id, flight_octets(&x->flight), x->verify_data);
    return message_octets(&payload);
  }
  struct message payload = tls12_rsa_master(&group.drbg, x->key_id, x->flight.ciphertext);
  payload = message_with(&payload, "prf_hash", U8(x->flight.suite == 0x009d));
  payload = message_with(&payload, "client_random", x->flight.client_random);
  payload = message_with(&payload, "server_random", x->flight.server_random);
  return message_octets(&payload);
}

static struct rsa_exchange exchange_of(unsigned type, struct octets certificate, unsigned suite) {
  struct rsa_exchange x = {.type = type, .key_id = tls12_key_id(key), .verify_data = octets_text("")};
  x.premaster = CAT(U16(0x0303), drbg_octets(&group.drbg, 46));
  struct octets ciphertext = premaster_encrypt(&group.drbg, key, x.premaster);
  x.flight = flight_of(&group.drbg, type >= 4, certificate, ciphertext);
  x.flight.suite = suite;
  if (with_proof(&x))
    x.verify_data = finished_with(&x, x.premaster);
  return x;
}

static void right(const char *comment, const char *references, const struct rsa_exchange *x,
                  struct octets master) {
  add_control(&group, comment, references, claim(key, x->type, payload_of(x), master),
              json_hex_object("server_hello_random", image_of(x), "master", master, NULL));
}

static void refused(const char *comment, const char *references, const struct rsa_exchange *x,
                    const char *status) {
  add_invalid(&group, comment, references, claim(key, x->type, payload_of(x), master_with(x, x->premaster)),
              status);
}

static void wrong(const char *comment, const char *references, const struct rsa_exchange *x,
                  struct octets answer) {
  add_invalid(&group, comment, references, claim(key, x->type, payload_of(x), answer), "mismatch");
}

static const char *references_of(unsigned type) {
  static const char *const references[] = {
      [2] = "TLS12-4-01 TLS12-4-03 TLS12-4-05 TLS12-4.2-01 TLS12-4.4-04 TLS12-4.4-14 TLS12-4.4-16 "
            "TLS12-9.1-01 TLS12-4.3-03",
      [3] = "TLS12-4-02 TLS12-4-04 TLS12-4.3-01 TLS12-4.3-02 TLS12-4.4-09 TLS12-4.4-15 TLS12-4.4-25 "
            "LURK-4.1-03",
      [4] = "TLS12-5-01 TLS12-5.1-01 TLS12-5.2-01 TLS12-5.3-01 TLS12-5.4-01 TLS12-5.4-02",
      [5] = "TLS12-5-01 TLS12-5.1-02 TLS12-5.2-01 TLS12-5.4-01 TLS12-4.4-15 PH-01"};
  return references[type];
}

static void refuse_answers(const struct rsa_exchange *x) {
  struct octets master = master_with(x, x->premaster);
  wrong("the premaster secret answered",
        "TLS12-4-01 TLS12-9.1-01 TLS12-5-01 TLS12-5.2-01 TLS12-4.2-01 TLS12-4-02", x, x->premaster);
  struct rsa_exchange replayed = *x;
  replayed.flight.server_random = image_of(x);
  wrong("the master secret of S as ServerHello.random: a recorded handshake asked for again",
        "TLS12-4-03 TLS12-5.4-02 TLS12-5.3-01 TLS12-4.3-02 RP-01 TLS12-4.4-14 TLS12-4.4-16 TLS12-4.3-03", x,
        master_with(&replayed, x->premaster));
  wrong("a bit of the master secret changed", references_of(x->type), x, octets_changed(master, 47, 1));
}

/* Ciphertexts that hold no premaster: success in form, and no proof can be made for them. */
static void reject_ciphertexts(const struct rsa_exchange *good) {
  struct rsa_exchange x = *good;
  struct octets block =
      CAT(octets_hex("0001"), drbg_nonzero(&group.drbg, key->size - 51), U8(0), x.premaster);
  x.flight.ciphertext = rsa_public(key, block);
  struct octets substitute = premaster_substitute(key, x.flight.ciphertext, 0x0303);
  const char *references = "TLS12-4.4-11 TLS12-4.4-12 TLS12-4.4-13 TLS12-4.4-21 TLS12-9.1-02 BL-01 BL-13";
  if (!with_proof(&x)) {
    right("bad padding", references, &x, master_with(&x, substitute));
    add_flag(&group, "own-substitute");
    wrong("bad padding, the master secret of what was encrypted", references, &x,
          master_with(&x, x.premaster));
    return;
  }
  references = "TLS12-4.4-23 TLS12-4.4-13 TLS12-4.4-21 BL-13";
  x.verify_data = finished_with(&x, x.premaster);
  refused("bad padding with a Finished of what was encrypted", references, &x, "invalid_finished");
  x.verify_data = finished_with(&x, octets_repeat(0, 48));
  refused("bad padding with a Finished of a guessed premaster", "TLS12-4.4-23 BL-14", &x, "invalid_finished");
}

static void refuse_requests(const struct rsa_exchange *good) {
  struct rsa_exchange x = *good;
  x.key_id = octets_changed(x.key_id, 3, 1);
  refused("the id of no key", "TLS12-4.4-02 TLS12-4.1-12 OR-11", &x, "invalid_key_id");
  x = *good;
  x.flight.ciphertext = octets_without_last(x.flight.ciphertext, 1);
  if (with_proof(&x))
    x.verify_data = finished_with(&x, x.premaster);
  refused("a ciphertext one octet short", "TLS12-4.4-10 BL-12", &x, "invalid_payload_format");
  x.flight.ciphertext = CAT(good->flight.ciphertext, U8(0));
  if (with_proof(&x))
    x.verify_data = finished_with(&x, x.premaster);
  refused("a ciphertext one octet long", "TLS12-4.4-10 BL-12", &x, "invalid_payload_format");
}

static void refuse_proofs(const struct rsa_exchange *good) {
  static const char references[] =
      "TLS12-4-04 TLS12-4.4-15 TLS12-4.3-01 TLS12-5.1-02 LURK-4.1-03 TLS12-4.4-25 TLS12-5.4-01";
  struct rsa_exchange x = *good;
  x.verify_data = octets_repeat(0, 12);
  refused("verify_data of zeros", "TLS12-4-04 TLS12-4.4-15 PH-01", &x, "invalid_finished");
  x.verify_data = octets_changed(good->verify_data, 11, 1);
  refused("verify_data right in its first eleven octets", "TLS12-4.4-15 PH-08", &x, "invalid_finished");
  struct octets hash = hash_of(prf_hash_of(good), flight_on_the_wire(&good->flight));
  x.verify_data = prf_of(prf_hash_of(good), master_with(good, good->premaster), "server finished", hash, 12);
  refused("verify_data of the server", "TLS12-4.4-15 PH-02", &x, "invalid_finished");
  hash = hash_of(prf_hash_of(good), flight_octets(&good->flight));
  x.verify_data = prf_of(prf_hash_of(good), master_with(good, good->premaster), "client finished", hash, 12);
  refused("verify_data over S in place of its image", "TLS12-4.4-09 TLS12-4.3-02 PH-04", &x,
          "invalid_finished");
  x = *good;
  x.flight.client_random = tls12_random(&group.drbg);
  refused("verify_data of another connection", references, &x, "invalid_finished");
}

static void make_rsa(struct collection *collection, unsigned type, const char *name) {
  char file[80];
  snprintf(file, sizeof file, "tls12_%s_exchange", name);
  group_open(collection, &group, file, "rsa_exchange", "Requests with the answers that belong to them");
  key = key_of(KEY_RSA_DECRYPT);
  add_private_key(&group, KEY_RSA_DECRYPT);
  struct tbs tbs = tbs_of("Vectors Root", KEY_CA_ROOT, "rsa.example", KEY_RSA_DECRYPT);
  tbs.key_usage = KEY_USAGE_KEY_ENCIPHERMENT;
  struct octets certificate = certificate_signed(&group.drbg, &tbs, KEY_CA_ROOT);
  struct rsa_exchange x = exchange_of(type, certificate, 0x009d);
  right("with SHA-384", references_of(type), &x, master_with(&x, x.premaster));
  refuse_answers(&x);
  x = exchange_of(type, certificate, 0x009c);
  right("with SHA-256", references_of(type), &x, master_with(&x, x.premaster));
  refuse_answers(&x);
  refuse_requests(&x);
  if (with_proof(&x))
    refuse_proofs(&x);
  if (type != 2) {
    struct rsa_exchange other = x;
    tbs.subject_key = KEY_RSA_SIGN;
    other.flight.certificate = certificate_signed(&group.drbg, &tbs, KEY_CA_ROOT);
    if (with_proof(&other))
      other.verify_data = finished_with(&other, other.premaster);
    refused("the certificate of another key", "TLS12-4.4-24 PH-10", &other, "invalid_payload_format");
  }
  reject_ciphertexts(&x);
}

/* --- ECDHE --- */

struct signer {
  enum key_name key;
  unsigned scheme;
  enum lurk_hash hash;
  unsigned curve;
  const char *comment;
};

static struct octets signed_octets(const struct message *payload, struct octets server_random) {
  return CAT(message_piece(payload, "client_random"), server_random, message_piece(payload, "curve_type"),
             message_piece(payload, "named_curve"), message_piece(payload, "point_length"),
             message_piece(payload, "point"));
}

static struct octets signature_of(const struct signer *signer, struct octets message) {
  const struct key *by = key_of(signer->key);
  if (signer->scheme >> 8 == 8)
    return sign_pss(&group.drbg, by, signer->hash, message);
  if ((signer->scheme & 0xff) == 1)
    return sign_pkcs1(by, signer->hash, message);
  return ecdsa_der(sign_ecdsa(&group.drbg, by, curve_of(signer->curve), signer->hash, message));
}

static struct octets answer_of(const struct signer *signer, struct octets message) {
  return CAT(U16(signer->scheme), octets_vector(2, signature_of(signer, message)));
}

static void refuse_ecdhe(const struct signer *signer, const struct message *payload, struct octets good) {
  const struct key *by = key_of(signer->key);
  struct octets s = message_piece(payload, "server_random"), image = tls12_freshness(s);
  struct octets octets = message_octets(payload);
  struct octets params = octets_part(signed_octets(payload, image), 64, 69);
  struct octets over_s = answer_of(signer, signed_octets(payload, s)), alone = answer_of(signer, params);
  struct octets foreign = answer_of(signer, CAT(drbg_octets(&group.drbg, 64), params));
  const struct {
    const char *comment, *references, *status;
    struct octets payload, answer;
  } table[] = {
      {"S signed in place of its image", "TLS12-6.4-09 TLS12-6.2-01 RP-01", "mismatch", octets, over_s},
      {"the parameters alone signed", "TLS12-6.2-01 BG-8422-04", "mismatch", octets, alone},
      {"a bare signature", "TLS12-6.2-02", "malformed", octets, octets_part(good, 4, good.len - 4)},
      {"another algorithm answered", "TLS12-6.2-02", "malformed", octets, octets_changed(good, 0, 1)},
      {"a bit of the signature changed", "TLS12-6-01 TLS12-6.2-01 TLS12-6.3-01", "mismatch", octets,
       octets_changed(good, good.len - 2, 1)},
      {"the signature of another connection", "TLS12-6.2-01 XP-08", "mismatch", octets, foreign},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_invalid(&group, table[i].comment, table[i].references,
                claim(by, 6, table[i].payload, table[i].answer), table[i].status);
}

/* Each with the answer that a server gives that does not look. */
static void refuse_ecdhe_requests(const struct signer *signer, const struct message *payload) {
  const struct key *by = key_of(signer->key);
  struct octets point = message_piece(payload, "point"), other_id = drbg_octets(&group.drbg, 4);
  struct octets image = tls12_freshness(message_piece(payload, "server_random"));
  const struct {
    const char *comment, *references, *status, *piece;
    struct octets value;
    enum lurk_hash hash;
  } table[] = {
      {"the id of no key", "TLS12-6.4-01 TLS12-4.4-02 OR-11", "invalid_key_id", "key_id", other_id,
       signer->hash},
      {"an algorithm of another type of key", "TLS12-6.4-08 KU-03", "invalid_cipher_or_prf_hash",
       "sig_and_hash", U16(signer->scheme == 0x0403 ? 0x0401 : 0x0403), signer->hash},
      {"SHA-1", "TLS12-6.4-08 DG-04", "invalid_cipher_or_prf_hash", "sig_and_hash",
       U16(signer->scheme == 0x0403 ? 0x0203 : 0x0201), LURK_SHA1},
      {"a point that is not on the curve, without a proof (A-23)", "TLS12-6.1-05 TLS12-6.4-10 IC-01",
       "invalid_ec_curve", "point", octets_changed(point, point.len - 1, 1), signer->hash},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(payload, table[i].piece, table[i].value);
    struct signer careless = *signer;
    careless.hash = table[i].hash;
    struct octets signature = signature_of(&careless, signed_octets(&changed, image));
    struct octets answer = CAT(message_piece(&changed, "sig_and_hash"), octets_vector(2, signature));
    add_invalid(&group, table[i].comment, table[i].references, claim(by, 6, message_octets(&changed), answer),
                table[i].status);
  }
}

static void make_ecdhe(struct collection *collection) {
  static const struct signer signers[] = {
      {KEY_RSA_SIGN, 0x0401, LURK_SHA256, 0, "ECDHE_RSA"},
      {KEY_RSA_SIGN, 0x0601, LURK_SHA512, 0, "ECDHE_RSA with SHA-512"},
      {KEY_RSA_SIGN, 0x0804, LURK_SHA256, 0, "ECDHE_RSA with PSS"},
      {KEY_P384, 0x0503, LURK_SHA384, CURVE_P384, "ECDHE_ECDSA with P-384"},
      {KEY_P521, 0x0603, LURK_SHA512, CURVE_P521, "ECDHE_ECDSA with P-521"},
      {KEY_P256, 0x0403, LURK_SHA256, CURVE_P256, "ECDHE_ECDSA with P-256"},
  };
  group_open(collection, &group, "tls12_ecdhe_exchange", "ecdhe_exchange",
             "Requests with the answers that belong to them");
  for (size_t i = 0; i < sizeof signers / sizeof *signers; i++) {
    const struct key *by = key_of(signers[i].key);
    const struct curve *curve = curve_of(CURVE_P256);
    struct octets point = curve_point(curve, curve_scalar(curve, &group.drbg));
    struct message payload =
        tls12_ecdhe(&group.drbg, tls12_key_id(by), (uint16_t)signers[i].scheme, curve->id, point);
    struct octets image = tls12_freshness(message_piece(&payload, "server_random"));
    struct octets message = signed_octets(&payload, image), answer = answer_of(&signers[i], message);
    add_public_key(&group, signers[i].key);
    add_control(&group, signers[i].comment,
                "TLS12-1-01 TLS12-6-01 TLS12-6.2-01 TLS12-6.2-02 TLS12-6.4-06 TLS12-6.4-08 TLS12-6.4-09 "
                "TLS12-9.2-02 TLS12-4.1.1-05 LURK-4.1-03",
                claim(by, 6, message_octets(&payload), answer),
                json_hex_object("server_hello_random", image, "signed", message, NULL));
    refuse_ecdhe(&signers[i], &payload, answer);
    if (i == 0 || signers[i].scheme == 0x0403)
      refuse_ecdhe_requests(&signers[i], &payload);
  }
}

void make_exchanges(struct collection *collection) {
  static const char *const names[] = {[2] = "rsa_master",
                                      [3] = "rsa_master_with_poh",
                                      [4] = "rsa_extended_master",
                                      [5] = "rsa_extended_master_with_poh"};
  for (unsigned type = 2; type <= 5; type++)
    make_rsa(collection, type, names[type]);
  make_ecdhe(collection);
}
