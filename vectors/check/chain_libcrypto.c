/* Chains by the path validation of OpenSSL and BoringSSL. */
#include "vectors/check/check.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static X509 *parse(struct lurk_octets der) {
  const uint8_t *at = der.data;
  return d2i_X509(NULL, &at, (long)der.len);
}

/* The certificates of the input, leaf first. */
static STACK_OF(X509) * parse_list(struct call *call) {
  STACK_OF(X509) *list = sk_X509_new_null();
  json_t *entry;
  size_t i;
  json_array_foreach(json_object_get(call->input, "certificates"), i, entry) {
    X509 *certificate = parse(call_hex(call, entry));
    if (certificate == NULL || list == NULL || !sk_X509_push(list, certificate))
      call->broken = true;
  }
  return list;
}

static bool verifies(X509_STORE *store, STACK_OF(X509) * list, long long now) {
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  bool good = false;
  if (context != NULL && X509_STORE_CTX_init(context, store, sk_X509_value(list, 0), list)) {
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
    X509_STORE_CTX_set_time(context, 0, (time_t)now);
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
    good = X509_verify_cert(context) == 1;
  }
  X509_STORE_CTX_free(context);
  return good;
}

const char *check_certificate_chain(struct call *call) {
  X509 *anchor = parse(call_octets(call, "anchor"));
  X509_STORE *store = X509_STORE_new();
  STACK_OF(X509) *list = parse_list(call);
  const char *status = "untrusted";
  if (anchor == NULL || store == NULL || !X509_STORE_add_cert(store, anchor) || sk_X509_num(list) == 0)
    call->broken = true;
  else if (verifies(store, list, call_number(call, "now")))
    status = CHECK_OK;
  sk_X509_pop_free(list, X509_free);
  X509_STORE_free(store);
  X509_free(anchor);
  return status;
}
