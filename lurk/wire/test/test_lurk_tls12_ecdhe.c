#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <stdio.h>

#define HEAD "00 1a2b3c4d 00 (c1*32) (52*32) 0403 "
#define HEAD_LEN 72
#define P256 "03 0017 41 04 (ab*64) "
#define P384 "03 0018 61 04 (ab*96) "
#define P521 "03 0019 85 04 (ab*132) "
#define X25519 "03 001d 20 (ab*32) "

static enum lurk_tls12_status decode(const struct lurk_octets *payload, struct lurk_tls12_ecdhe *out,
                                     struct lurk_decode_error *error) {
  *error = (struct lurk_decode_error){NULL, 0};
  return lurk_tls12_ecdhe_decode(payload->data, payload->len, out, error);
}

static void requests_of_all_shapes(void **state) {
  (void)state;
  static const struct {
    const char *params;
    uint16_t group;
    size_t point_len;
    const char *proof;
    enum lurk_tls12_poo_prf poo_prf;
    size_t commitment_len, response_len;
  } rows[] = {
      {P256, 0x0017, 65, "00", LURK_POO_NULL, 0, 0},
      {P384, 0x0018, 97, "00", LURK_POO_NULL, 0, 0},
      {P521, 0x0019, 133, "00", LURK_POO_NULL, 0, 0},
      {X25519, 0x001d, 32, "00", LURK_POO_NULL, 0, 0},
      {P256, 0x0017, 65, "01 41 04 (cd*64) (ef*32)", LURK_POO_SHA256_128, 65, 32},
      {P256, 0x0017, 65, "02 41 04 (cd*64) (ef*32)", LURK_POO_SHA256_256, 65, 32},
      {P384, 0x0018, 97, "01 61 04 (cd*96) (ef*48)", LURK_POO_SHA256_128, 97, 48},
      {P384, 0x0018, 97, "02 61 04 (cd*96) (ef*48)", LURK_POO_SHA256_256, 97, 48},
      {P521, 0x0019, 133, "01 85 04 (cd*132) (ef*66)", LURK_POO_SHA256_128, 133, 66},
      {P521, 0x0019, 133, "02 85 04 (cd*132) (ef*66)", LURK_POO_SHA256_256, 133, 66},
      /* points that the server must judge: infinity, compressed, too long, of another curve */
      {"03 0017 01 00 ", 0x0017, 1, "00", LURK_POO_NULL, 0, 0},
      {"03 0017 21 02 (ab*32) ", 0x0017, 33, "00", LURK_POO_NULL, 0, 0},
      {"03 0017 42 04 (ab*65) ", 0x0017, 66, "00", LURK_POO_NULL, 0, 0},
      {"03 0017 ff (ab*255) ", 0x0017, 255, "00", LURK_POO_NULL, 0, 0},
      {"03 0019 81 04 (ab*128) ", 0x0019, 129, "00", LURK_POO_NULL, 0, 0},
      {P256, 0x0017, 65, "01 01 00 (ef*32)", LURK_POO_SHA256_128, 1, 32},
      {P256, 0x0017, 65, "02 61 04 (cd*96) (ef*32)", LURK_POO_SHA256_256, 97, 32},
      {P256, 0x0017, 65, "02 ff (cd*255) (ef*32)", LURK_POO_SHA256_256, 255, 32},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, HEAD "%s%s", rows[i].params, rows[i].proof);
    struct lurk_octets payload = octets_of(notation), again = {NULL, 0};
    struct lurk_tls12_ecdhe request;
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &request, &error), LURK_TLS12_SUCCESS);
    assert_ptr_equal(request.key_id, payload.data);
    assert_ptr_equal(request.client_random, payload.data + 6);
    assert_ptr_equal(request.server_random, payload.data + 38);
    assert_int_equal(request.scheme, 0x0403);
    assert_ptr_equal(request.params, payload.data + HEAD_LEN);
    assert_int_equal(request.params_len, 4 + rows[i].point_len);
    assert_int_equal(request.named_group, rows[i].group);
    assert_ptr_equal(request.point, payload.data + HEAD_LEN + 4);
    assert_int_equal(request.point_len, rows[i].point_len);
    assert_int_equal(request.poo_prf, rows[i].poo_prf);
    const uint8_t *commitment = request.params + request.params_len + 2;
    bool with_proof = rows[i].poo_prf != LURK_POO_NULL;
    assert_ptr_equal(request.commitment, with_proof ? commitment : NULL);
    assert_int_equal(request.commitment_len, rows[i].commitment_len);
    assert_ptr_equal(request.response, with_proof ? commitment + rows[i].commitment_len : NULL);
    assert_int_equal(request.response_len, rows[i].response_len);
    assert_int_equal(lurk_tls12_ecdhe_encode(&request, &again), LURK_OK);
    assert_octets_equal(&again, notation);
    lurk_octets_clear(&again);
    lurk_octets_clear(&payload);
  }
}

/* Whether an algorithm is offered is for the server to say. */
static void any_signature_algorithm(void **state) {
  (void)state;
  static const char *const algorithms[] = {"0000", "0101", "0203", "0401", "0804", "ffff"};
  for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
    char notation[128];
    snprintf(notation, sizeof notation, "00 1a2b3c4d 00 (c1*32) (52*32) %s " P256 "00", algorithms[i]);
    struct lurk_octets payload = octets_of(notation), scheme = octets_of(algorithms[i]);
    struct lurk_tls12_ecdhe request;
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &request, &error), LURK_TLS12_SUCCESS);
    assert_int_equal(request.scheme, scheme.data[0] << 8 | scheme.data[1]);
    lurk_octets_clear(&scheme);
    lurk_octets_clear(&payload);
  }
}

static const struct {
  const char *rest; /* after HEAD */
  enum lurk_tls12_status status;
  const char *field;
  size_t offset; /* in rest */
} refusals[] = {
    /* OR-04, XP-09: curve types, explicit ones with a structure of the caller's */
    {"00 0017 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_TYPE, "curve_type", 0},
    {"01 (00*70)", LURK_TLS12_INVALID_EC_TYPE, "curve_type", 0},
    {"02 (00*70)", LURK_TLS12_INVALID_EC_TYPE, "curve_type", 0},
    {"04 0017 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_TYPE, "curve_type", 0},
    {"0008 (17*8) 0001 02 0008 (33*8)", LURK_TLS12_INVALID_EC_TYPE, "curve_type", 0},
    /* curves that are not served: x448, brainpool, secp192r1, ffdhe2048, hybrid, arbitrary explicit */
    {"03 001e 38 (ab*56) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 001a 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 0013 31 04 (ab*48) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 0001 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 0016 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 0100 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 11ec 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 ff01 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 ffff 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    {"03 1700 41 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1}, /* LN-15 */
    /* pylurk has one octet for the curve and no length before the point */
    {"03 17 04 (ab*64) 00", LURK_TLS12_INVALID_EC_CURVE, "namedcurve", 1},
    /* OR-03, LN-13: lengths of the point */
    {"03 0017 00 00", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "public", 3},
    {"03 0017 ff 04 (ab*64) 00", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "public", 3},
    {"03 0017 42 04 (ab*64) 00", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "poo_prf", 70},
    {"03 0017 40 04 (ab*64) 00", LURK_TLS12_INVALID_POO_PRF, "poo_prf", 68},
    /* OR-02, PO-13: something behind a request without a proof */
    {P256 "00 00", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 70},
    {P256 "00 (00*64)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 70},
    {P256 "00 41 04 (cd*64) (ef*32)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 70},
    {P256, LURK_TLS12_INVALID_PAYLOAD_FORMAT, "poo_prf", 69},
    /* PO-11, PO-12 */
    {X25519 "01 20 (cd*32) (ef*32)", LURK_TLS12_INVALID_POO_PRF, "poo_prf", 36},
    {X25519 "02 20 (cd*32) (ef*32)", LURK_TLS12_INVALID_POO_PRF, "poo_prf", 36},
    {P256 "03 41 04 (cd*64) (ef*32)", LURK_TLS12_INVALID_POO_PRF, "poo_prf", 69},
    {P256 "ff 41 04 (cd*64) (ef*32)", LURK_TLS12_INVALID_POO_PRF, "poo_prf", 69},
    {X25519 "03", LURK_TLS12_INVALID_POO_PRF, "poo_prf", 36},
    /* PO-14, PO-16, PO-03: r of another length, vG that takes octets of r, pylurk's two points */
    {P256 "01 41 04 (cd*64) (ef*16)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "r", 136},
    {P256 "02 41 04 (cd*64) (ef*31)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "r", 136},
    {P256 "02 41 04 (cd*64) (ef*33)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 168},
    {P384 "02 61 04 (cd*96) (ef*32)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "r", 200},
    {P521 "02 85 04 (cd*132) (ef*65)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "r", 272},
    {P256 "02 42 04 (cd*64) (ef*32)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "r", 137},
    {P256 "02 40 04 (cd*64) (ef*32)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 167},
    {P256 "02 00 (ef*32)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "vG", 70},
    {P256 "02 ff 04 (cd*64) (ef*32)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "vG", 70},
    {P256 "02 04 (cd*64) 04 (cd*64)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 107},
    {P256 "02", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "vG", 70},
};

static void requests_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, HEAD "%s", refusals[i].rest);
    struct lurk_octets payload = octets_of(notation);
    struct lurk_tls12_ecdhe request;
    struct lurk_decode_error error;
    enum lurk_tls12_status status = decode(&payload, &request, &error);
    if (status != refusals[i].status || error.offset != HEAD_LEN + refusals[i].offset)
      fail_msg("%s: %s at %s, offset %zu", refusals[i].rest, lurk_tls12_status_name((uint8_t)status),
               error.field, error.offset);
    assert_string_equal(error.field, refusals[i].field);
    lurk_octets_clear(&payload);
  }
}

static void heads_refused(void **state) {
  (void)state;
  static const struct {
    const char *head;
    enum lurk_tls12_status status;
  } rows[] = {
      {"01 1a2b3c4d 00", LURK_TLS12_INVALID_KEY_ID_TYPE},
      {"ff 1a2b3c4d 00", LURK_TLS12_INVALID_KEY_ID_TYPE},
      {"00 1a2b3c4d 01", LURK_TLS12_INVALID_FRESHNESS_FUNCT},
      {"00 1a2b3c4d ff", LURK_TLS12_INVALID_FRESHNESS_FUNCT}, /* RP-05, XP-02 */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[128];
    snprintf(notation, sizeof notation, "%s (c1*32) (52*32) 0403 " P256 "00", rows[i].head);
    struct lurk_octets payload = octets_of(notation);
    struct lurk_tls12_ecdhe request;
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &request, &error), rows[i].status);
    lurk_octets_clear(&payload);
  }
}

static void requests_cut_off_anywhere(void **state) {
  (void)state;
  static const char *const rests[] = {P256 "00", X25519 "00", P256 "02 41 04 (cd*64) (ef*32)",
                                      P384 "01 61 04 (cd*96) (ef*48)", P521 "02 85 04 (cd*132) (ef*66)"};
  for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, HEAD "%s", rests[i]);
    struct lurk_octets payload = octets_of(notation);
    for (size_t len = 0; len < payload.len; len++) {
      struct lurk_octets cut = octets_cut(&payload, len);
      struct lurk_tls12_ecdhe request;
      struct lurk_decode_error error;
      assert_int_equal(decode(&cut, &request, &error), LURK_TLS12_INVALID_PAYLOAD_FORMAT);
      assert_non_null(error.field);
      assert_true(error.offset <= len);
      lurk_octets_clear(&cut);
    }
    lurk_octets_clear(&payload);
  }
}

static void requests_that_cannot_be_said(void **state) {
  (void)state;
  static const uint8_t octets[300] = {0};
  const struct lurk_tls12_ecdhe rows[] = {
      {.poo_prf = LURK_POO_NULL, .commitment = octets},
      {.poo_prf = LURK_POO_NULL, .response = octets},
      {.poo_prf = LURK_POO_SHA256_128, .commitment_len = 65, .response_len = 16},
      {.poo_prf = LURK_POO_SHA256_256, .commitment_len = 65, .response_len = 0},
      {.poo_prf = LURK_POO_SHA256_256, .commitment_len = 0, .response_len = 32},
      {.poo_prf = LURK_POO_SHA256_256, .commitment_len = 256, .response_len = 32},
      {.poo_prf = (enum lurk_tls12_poo_prf)3, .commitment_len = 65, .response_len = 32},
      {.poo_prf = LURK_POO_SHA256_256, .named_group = 0x1d, .commitment_len = 32, .response_len = 32},
      {.poo_prf = LURK_POO_SHA256_256, .named_group = 0x1d, .commitment_len = 32, .response_len = 0},
      {.poo_prf = LURK_POO_SHA256_256, .named_group = 0x18, .commitment_len = 97, .response_len = 32},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_tls12_ecdhe request = rows[i];
    struct lurk_octets out = {NULL, 0};
    request.key_id = request.client_random = request.server_random = request.params = octets;
    request.params_len = 69;
    if (request.named_group == 0)
      request.named_group = 0x17;
    if (request.poo_prf != LURK_POO_NULL)
      request.commitment = request.response = octets;
    assert_int_equal(lurk_tls12_ecdhe_encode(&request, &out), LURK_ERR_MALFORMED);
    assert_null(out.data);
  }
}

static void ecdh_params(void **state) {
  (void)state;
  static const char *const good[] = {P256, P384, P521, X25519, "03 0017 01 00"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    struct lurk_octets params = octets_of(good[i]), again = {NULL, 0};
    struct lurk_tls12_ecdhe request = {.scheme = 0x0401};
    struct lurk_decode_error error;
    assert_int_equal(lurk_ecdh_params_decode(params.data, params.len, &request, &error), LURK_OK);
    assert_int_equal(request.scheme, 0x0401);
    assert_ptr_equal(request.params, params.data);
    assert_int_equal(request.params_len, params.len);
    assert_int_equal(lurk_ecdh_params_encode(request.named_group, request.point, request.point_len, &again),
                     LURK_OK);
    assert_octets_equal(&again, good[i]);
    lurk_octets_clear(&again);
    lurk_octets_clear(&params);
  }
  static const struct {
    const char *params;
    lurk_status status;
  } bad[] = {{"", LURK_ERR_MALFORMED},        {"01 0017 41 04 (ab*64)", LURK_ERR_MALFORMED},
             {"03 00", LURK_ERR_MALFORMED},   {"03 001e 38 (ab*56)", LURK_ERR_UNSUPPORTED},
             {"03 0017", LURK_ERR_MALFORMED}, {"03 0017 00", LURK_ERR_MALFORMED},
             {P256 "00", LURK_ERR_MALFORMED}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct lurk_octets params = octets_of(bad[i].params);
    struct lurk_tls12_ecdhe request = {.params = NULL};
    struct lurk_decode_error error;
    assert_int_equal(lurk_ecdh_params_decode(params.data, params.len, &request, &error), bad[i].status);
    assert_null(request.params);
    lurk_octets_clear(&params);
  }
}

static void ecdh_params_of_impossible_points(void **state) {
  (void)state;
  static const uint8_t point[256] = {4};
  struct lurk_octets out = {NULL, 0};
  assert_int_equal(lurk_ecdh_params_encode(0x17, point, 0, &out), LURK_ERR_MALFORMED);
  assert_int_not_equal(lurk_ecdh_params_encode(0x17, point, 256, &out), LURK_OK);
  assert_null(out.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_of_all_shapes),
      cmocka_unit_test(any_signature_algorithm),
      cmocka_unit_test(requests_refused),
      cmocka_unit_test(heads_refused),
      cmocka_unit_test(requests_cut_off_anywhere),
      cmocka_unit_test(requests_that_cannot_be_said),
      cmocka_unit_test(ecdh_params),
      cmocka_unit_test(ecdh_params_of_impossible_points),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
