#include "lurk/wire/test/cmocka_all.h"
#include "reference-keyserver/media_type.h"

static void content_types(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int format; /* -1: refused */
  } rows[] = {
      {"application/json", LURK_SKI_JSON},
      {"application/cbor", LURK_SKI_CBOR},
      {"Application/JSON", LURK_SKI_JSON},
      {" application/json ", LURK_SKI_JSON},
      {"application/json;charset=utf-8", LURK_SKI_JSON},
      {"application/json ; charset=UTF-8", LURK_SKI_JSON},
      {"application/json; charset=\"utf-8\"", LURK_SKI_JSON},
      {"application/json; charset=utf-16", -1},
      {"application/json; charset=utf-8; charset=utf-8", -1},
      {"application/json; version=1", -1},
      {"application/json;", -1},
      {"application/cbor; charset=utf-8", -1},
      {"application/json, application/cbor", -1},
      {"application/jsonx", -1},
      {"application/jso", -1},
      {"text/plain", -1},
      {"multipart/form-data; boundary=x", -1},
      {"", -1},
      {";", -1},
      {NULL, -1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    enum lurk_ski_format format;
    bool ok = lurk_media_type_parse(rows[i].text, &format);
    assert_int_equal(ok ? (int)format : -1, rows[i].format);
  }
}

static void accept_fields(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int format; /* -1: neither is acceptable */
  } rows[] = {
      {NULL, LURK_SKI_JSON},
      {"*/*", LURK_SKI_JSON},
      {"application/*", LURK_SKI_JSON},
      {"application/cbor", LURK_SKI_CBOR},
      {"APPLICATION/CBOR", LURK_SKI_CBOR},
      {"application/json, application/cbor", LURK_SKI_JSON},
      {"application/json;q=0.5, application/cbor", LURK_SKI_CBOR},
      {"application/json; q=0.5 , application/cbor ; q=0.4", LURK_SKI_JSON},
      {"*/*;q=0.1, application/cbor;q=0.2", LURK_SKI_CBOR},
      {"application/json;q=0, */*", LURK_SKI_CBOR},
      {"application/json;q=0, application/cbor;q=0", -1},
      {"application/cbor;q=1;x=y", LURK_SKI_CBOR},
      {"application/cbor;q=2", -1},
      {"application/cbor;q=nan", -1},
      {"application/cbor;q=", -1},
      {"text/html", -1},
      {",,,", -1},
      {"", -1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    enum lurk_ski_format format;
    bool ok = lurk_media_type_choose(rows[i].text, &format);
    assert_int_equal(ok ? (int)format : -1, rows[i].format);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(content_types), cmocka_unit_test(accept_fields)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
