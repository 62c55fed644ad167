/* Proofs of ownership (tls12 §6.1, A-20 to A-25), with everything that goes into them. */
#include "vectors/generator/curve.h"
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include <stdio.h>
#include <string.h>

static struct group group;

/* --- r --- */

static json_t *response_claim(const struct curve *curve, struct octets b, struct octets v, struct octets c,
                              struct octets r) {
  json_t *input = json_hex_object("b", b, "v", v, "c", c, "r", r, NULL);
  json_object_set_new(input, "group", json_integer(curve->id));
  return input;
}

static void add_response(const struct curve *curve, const char *comment, struct octets b, struct octets v,
                         struct octets c) {
  static const char references[] = "TLS12-6.1-07 TLS12-6.1-11 PO-06";
  struct octets r = curve_respond(curve, v, c, b);
  char text[100];
  snprintf(text, sizeof text, "%s: %s", curve->name, comment);
  add_control(&group, text, references, response_claim(curve, b, v, c, r),
              json_hex_object("bG", curve_point(curve, b), "vG", curve_point(curve, v), "r", r, NULL));
  snprintf(text, sizeof text, "%s: v + c b, %s", curve->name, comment);
  mpz_t n;
  mpz_init(n);
  number_of(n, b);
  mpz_sub(n, curve->n, n);
  struct octets minus = octets_of(n, curve->size);
  mpz_clear(n);
  add_invalid(&group, text, references, response_claim(curve, b, v, c, curve_respond(curve, v, c, minus)),
              "mismatch");
  snprintf(text, sizeof text, "%s: the last bit of r changed, %s", curve->name, comment);
  add_invalid(&group, text, references, response_claim(curve, b, v, c, octets_changed(r, r.len - 1, 1)),
              "mismatch");
}

static void make_responses(struct collection *collection) {
  group_open(collection, &group, "ownership_response", "ownership_response", "r = v - c b modulo n");
  for (unsigned i = 0; i < CURVE_COUNT; i++) {
    const struct curve *curve = curve_of(i);
    struct octets b = curve_scalar(curve, &group.drbg), v = curve_scalar(curve, &group.drbg);
    struct octets one = curve_scalar_of(curve, 1), last = curve_scalar_below_order(curve, 1);
    add_response(curve, "c of 128 bits", b, v, drbg_octets(&group.drbg, 16));
    add_response(curve, "c of 256 bits", b, v, drbg_octets(&group.drbg, 32));
    add_response(curve, "c of ones only", b, v, octets_repeat(0xff, 32));
    add_response(curve, "b = n - 1", last, v, drbg_octets(&group.drbg, 32));
    add_response(curve, "v = 1", b, one, drbg_octets(&group.drbg, 32));
    add_response(curve, "v = b", b, b, drbg_octets(&group.drbg, 16));
    struct octets zero = curve_scalar_of(curve, 0), c = drbg_octets(&group.drbg, 16);
    char text[60];
    snprintf(text, sizeof text, "%s: v = 0", curve->name);
    add_invalid(&group, text, "TLS12-6.1-08 TLS12-6.1-07", response_claim(curve, b, zero, c, one),
                "malformed");
  }
}

/* --- proofs --- */

/* Everything in an ecdhe request with a proof; payload holds all but the r that belongs to it. */
struct proof {
  const struct curve *curve;
  struct octets b, v;
  struct message payload;
};

static struct octets item(struct octets octets) {
  return octets_vector(4, octets);
}

/* What the challenge is the hash of. */
static struct octets challenge_input(const struct curve *curve, const struct message *payload, bool lengths) {
#define PIECE(name) message_piece(payload, name)
  struct octets params =
      CAT(PIECE("curve_type"), PIECE("named_curve"), PIECE("point_length"), PIECE("point"));
  const struct octets other[] = {CAT(PIECE("key_id_type"), PIECE("key_id")), PIECE("freshness"),
                                 PIECE("sig_and_hash"), params, octets_text("tls12 poo")};
  struct octets information = octets_text("");
  for (size_t i = 0; i < 5; i++)
    information = CAT(information, lengths ? item(other[i]) : other[i]);
  const struct octets items[] = {curve_point(curve, curve_scalar_of(curve, 1)), PIECE("vG"), PIECE("point"),
                                 CAT(PIECE("client_random"), PIECE("server_random")), information};
  struct octets out = octets_text("");
  for (size_t i = 0; i < 5; i++)
    out = CAT(out, lengths ? item(items[i]) : items[i]);
  return out;
#undef PIECE
}

static struct octets challenge_of(struct octets input, unsigned poo_prf) {
  return octets_first(sha256_of(input), poo_prf == 1 ? 16 : 32);
}

static struct proof proof_of(const struct curve *curve, unsigned poo_prf, struct octets b, struct octets v) {
  struct octets point = curve_point(curve, b), commitment = curve_point(curve, v);
  struct proof proof = {.curve = curve, .b = b, .v = v};
  proof.payload = tls12_ecdhe(&group.drbg, drbg_octets(&group.drbg, 4), 0x0403, curve->id, point);
  proof.payload = message_with(&proof.payload, "poo_prf", U8(poo_prf));
  proof.payload = message_with(&proof.payload, "vG_length", U8(commitment.len));
  proof.payload = message_with(&proof.payload, "vG", commitment);
  struct octets c = challenge_of(challenge_input(curve, &proof.payload, true), poo_prf);
  proof.payload = message_with(&proof.payload, "r", curve_respond(curve, v, c, b));
  return proof;
}

static unsigned poo_prf_of(const struct proof *proof) {
  return message_piece(&proof->payload, "poo_prf").at[0];
}

static const char *named(const struct proof *proof, const char *comment) {
  char *text = (char *)octets_new(200);
  snprintf(text, 200, "%s, %u bits: %s", proof->curve->name, 128 * poo_prf_of(proof), comment);
  return text;
}

static void add_proof(const struct proof *proof, const char *comment, const char *references) {
  struct octets input = challenge_input(proof->curve, &proof->payload, true);
  json_t *question =
      json_hex_object("payload", message_octets(&proof->payload), "b", proof->b, "v", proof->v, NULL);
  add_control(&group, named(proof, comment), references, question,
              json_hex_object("challenge_input", input, "c", challenge_of(input, poo_prf_of(proof)), NULL));
}

static void refused(const struct proof *proof, const char *comment, const char *references,
                    struct message payload) {
  add_invalid(&group, named(proof, comment), references,
              json_hex_object("payload", message_octets(&payload), NULL), "invalid_poo");
}

static void refused_with(const struct proof *proof, const char *comment, const char *references,
                         const char *piece, struct octets value) {
  refused(proof, comment, references, message_with(&proof->payload, piece, value));
}

static void refuse_unbound(const struct proof *good) {
  static const char references[] = "TLS12-6.1-16 TLS12-6.1-10 TLS12-6.4-05 PO-04";
  refused_with(good, "another client_random", references, "client_random", tls12_random(&group.drbg));
  refused_with(good, "another S", references, "server_random", tls12_random(&group.drbg));
  struct message changed =
      message_with(&good->payload, "client_random", message_piece(&good->payload, "server_random"));
  changed = message_with(&changed, "server_random", message_piece(&good->payload, "client_random"));
  refused(good, "the randoms exchanged", references, changed);
  refused_with(good, "another key id", references, "key_id", drbg_octets(&group.drbg, 4));
  refused_with(good, "another algorithm", references, "sig_and_hash", U16(0x0503));
  refused_with(good, "another bG", "TLS12-6.1-16 TLS12-6.4-05 PO-05", "point",
               curve_point(good->curve, curve_scalar(good->curve, &group.drbg)));
  refused_with(good, "the other length of c", "TLS12-6.1-11 TLS12-6.4-05 PO-08", "poo_prf",
               U8(3 - poo_prf_of(good)));
}

static void refuse_responses(const struct proof *good) {
  static const char references[] = "TLS12-6.1-06 TLS12-6.4-05 PO-06";
  const struct curve *curve = good->curve;
  struct octets r = message_piece(&good->payload, "r");
  mpz_t number;
  mpz_init(number);
  refused_with(good, "a random r", "TLS12-6.1-06 PO-01", "r", curve_scalar(curve, &group.drbg));
  refused_with(good, "r = 0", references, "r", curve_scalar_of(curve, 0));
  refused_with(good, "r = n", references, "r", octets_of(curve->n, curve->size));
  refused_with(good, "r of ones only", references, "r", octets_repeat(0xff, curve->size));
  refused_with(good, "r in little-endian order", "TLS12-6.1-06 LN-15", "r", octets_reversed(r));
  number_of(number, r);
  mpz_sub(number, curve->n, number);
  refused_with(good, "n - r", references, "r", octets_of(number, curve->size));
  number_of(number, r);
  mpz_add(number, number, curve->n);
  if (mpz_sizeinbase(number, 2) <= 8 * curve->size)
    refused_with(good, "r + n", references, "r", octets_of(number, curve->size));
  mpz_clear(number);
}

/* r made for a challenge that is not the one of A-22. */
static void refuse_challenges(const struct proof *good) {
  const struct curve *curve = good->curve;
  unsigned poo_prf = poo_prf_of(good);
  struct octets c = challenge_of(challenge_input(curve, &good->payload, false), poo_prf);
  refused_with(good, "c over items without their lengths", "TLS12-6.1-10 TLS12-6.4-05 PO-09", "r",
               curve_respond(curve, good->v, c, good->b));
  struct message wire = message_with(&good->payload, "server_random",
                                     tls12_freshness(message_piece(&good->payload, "server_random")));
  c = challenge_of(challenge_input(curve, &wire, true), poo_prf);
  refused_with(good, "c over ServerHello.random in place of S", "TLS12-6.1-10 TLS12-6.4-05 PO-10", "r",
               curve_respond(curve, good->v, c, good->b));
  struct octets digest = sha256_of(challenge_input(curve, &good->payload, true));
  c = octets_part(digest, poo_prf == 1 ? 16 : 1, poo_prf == 1 ? 16 : 31);
  refused_with(good, "c from the end of the digest", "TLS12-6.1-11 TLS12-6.4-05 PO-08", "r",
               curve_respond(curve, good->v, c, good->b));
  /* vG = rG + c bG for a c of the forger's choice: no knowledge of b is needed. */
  c = CAT(octets_repeat(0, curve->size - 16), drbg_octets(&group.drbg, 16));
  struct octets r = curve_scalar(curve, &group.drbg), point = message_piece(&good->payload, "point");
  uint8_t *sum = octets_new(LURK_MAX_POINT_LEN);
  if (lurk_point_mul_add(curve->id, r.at, c.at, point.at, point.len, sum) != LURK_OK)
    die("no sum");
  struct message forged = message_with(&good->payload, "vG", (struct octets){sum, point.len});
  refused(good, "a simulated proof", "TLS12-6.1-06 TLS12-6.4-05 PO-02", message_with(&forged, "r", r));
}

/* Bad points with their own length; vG made so, then bG. */
static void refuse_points(const struct proof *good) {
  struct bad_point bad[MAX_BAD_POINTS];
  char comment[120], references[80];
  size_t count = curve_bad_points(good->curve, message_piece(&good->payload, "vG"), &group.drbg, bad);
  for (size_t i = 0; i < count; i++) {
    struct message changed = message_with(&good->payload, "vG_length", U8(bad[i].octets.len));
    snprintf(comment, sizeof comment, "vG: %s", bad[i].comment);
    refused(good, comment, "TLS12-6.1-06 TLS12-6.4-05 PO-07", message_with(&changed, "vG", bad[i].octets));
  }
  count = curve_bad_points(good->curve, message_piece(&good->payload, "point"), &group.drbg, bad);
  for (size_t i = 0; i < count; i++) {
    struct message changed = message_with(&good->payload, "point_length", U8(bad[i].octets.len));
    snprintf(comment, sizeof comment, "bG: %s", bad[i].comment);
    snprintf(references, sizeof references, "TLS12-6.1-05 TLS12-6.4-05 %s", bad[i].rows);
    refused(good, comment, references, message_with(&changed, "point", bad[i].octets));
  }
}

static void make_proofs(struct collection *collection, const struct curve *curve) {
  char name[40];
  snprintf(name, sizeof name, "ownership_proof_%s", curve->name);
  group_open(collection, &group, name, "ownership_proof",
             "Proofs of ownership, with all that goes into them");
  for (unsigned poo_prf = 1; poo_prf <= 2; poo_prf++) {
    struct octets b = curve_scalar(curve, &group.drbg), v = curve_scalar(curve, &group.drbg);
    struct proof proof = proof_of(curve, poo_prf, curve_scalar_of(curve, 1), v);
    add_proof(&proof, "b = 1, so bG = G", "TLS12-6.1-06 PO-17 IC-18");
    refused_with(&proof, "b = 1, but r = 0", "PO-17 IC-18 PO-06", "r", curve_scalar_of(curve, 0));
    proof = proof_of(curve, poo_prf, curve_scalar_below_order(curve, 1), v);
    add_proof(&proof, "b = n - 1, so bG = -G", "TLS12-6.1-06 IC-18");
    proof = proof_of(curve, poo_prf, b, curve_scalar_of(curve, 1));
    add_proof(&proof, "v = 1", "TLS12-6.1-06 TLS12-6.1-08");
    proof = proof_of(curve, poo_prf, b, v);
    add_proof(&proof, "a proof",
              "TLS12-6.1-05 TLS12-6.1-06 TLS12-6.1-07 TLS12-6.1-10 TLS12-6.1-11 TLS12-6.1-16 TLS12-6.4-05");
    refuse_unbound(&proof);
    refuse_responses(&proof);
    refuse_challenges(&proof);
    if (poo_prf == 2)
      refuse_points(&proof);
  }
}

void make_ownership(struct collection *collection) {
  make_responses(collection);
  for (unsigned i = 0; i < CURVE_COUNT; i++)
    make_proofs(collection, curve_of(i));
}
