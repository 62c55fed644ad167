#include "reference-edge/client/visit.h"

#include <errno.h>
#include <http_parser.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LARGEST_ANSWER 65536
#define EXPORTED_LEN 32

__attribute__((format(printf, 2, 3))) static bool fail(struct lurk_visitor *visitor, const char *format,
                                                       ...) {
  va_list arguments;
  va_start(arguments, format);
  if (visitor->fault[0] == '\0')
    vsnprintf(visitor->fault, sizeof visitor->fault, format, arguments);
  va_end(arguments);
  return false;
}

static const char *reason(void) {
  unsigned long error = ERR_peek_error();
  const char *text = error == 0 ? NULL : ERR_reason_error_string(error);
  return text == NULL ? "the TLS library failed" : text;
}

/* --- the context --- */

/* Without this the library's own choice stands, which lacks Ed25519. */
static bool set_schemes(struct lurk_visitor *visitor) {
  static const uint16_t known[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0804,
                                   0x0805, 0x0806, 0x0401, 0x0501, 0x0601};
  uint16_t wanted[sizeof known / sizeof known[0]];
  size_t count = 0;
  const char *name = visitor->schemes;
  while (name != NULL && *name != '\0') {
    size_t len = strcspn(name, ":"), i = 0;
    while (i < sizeof known / sizeof known[0]) {
      const char *here = SSL_get_signature_algorithm_name(known[i], 1);
      if (here != NULL && strlen(here) == len && strncmp(here, name, len) == 0)
        break;
      i++;
    }
    if (i == sizeof known / sizeof known[0] || count == sizeof known / sizeof known[0])
      return fail(visitor, "\"%.*s\" is no signature scheme of this library", (int)(len > 64 ? 64 : len),
                  name);
    wanted[count++] = known[i];
    name += len + (name[len] == ':');
  }
  return count == 0 || SSL_CTX_set_verify_algorithm_prefs(visitor->context, wanted, count) == 1 ||
         fail(visitor, "signature schemes: %s", reason());
}

static bool load_certificate(struct lurk_visitor *visitor) {
  if (visitor->certificate == NULL)
    return true;
  return (SSL_CTX_use_certificate_chain_file(visitor->context, visitor->certificate) == 1 &&
          SSL_CTX_use_PrivateKey_file(visitor->context, visitor->key, SSL_FILETYPE_PEM) == 1) ||
         fail(visitor, "%s, %s: %s", visitor->certificate, visitor->key, reason());
}

static int keep_session(SSL *ssl, SSL_SESSION *session) {
  struct lurk_visitor *visitor = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  SSL_SESSION_free(visitor->session);
  visitor->session = session;
  return 1; /* it is kept */
}

static void log_keys(const SSL *ssl, const char *line) {
  struct lurk_visitor *visitor = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
  fprintf(visitor->key_log, "%s\n", line);
  fflush(visitor->key_log);
}

bool lurk_visitor_prepare(struct lurk_visitor *visitor) {
  SSL_CTX *context = visitor->context = SSL_CTX_new(TLS_client_method());
  if (context == NULL || SSL_CTX_set_min_proto_version(context, visitor->lowest) != 1 ||
      SSL_CTX_set_max_proto_version(context, visitor->highest) != 1)
    return fail(visitor, "versions: %s", reason());
  SSL_CTX_set_app_data(context, visitor);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  if (visitor->key_log != NULL)
    SSL_CTX_set_keylog_callback(context, log_keys);
  if (SSL_CTX_load_verify_locations(context, visitor->ca, NULL) != 1)
    return fail(visitor, "%s: %s", visitor->ca, reason());
  if (visitor->ciphers != NULL && SSL_CTX_set_strict_cipher_list(context, visitor->ciphers) != 1)
    return fail(visitor, "\"%s\" are no cipher suites of this library", visitor->ciphers);
  if (visitor->groups != NULL && SSL_CTX_set1_curves_list(context, visitor->groups) != 1)
    return fail(visitor, "\"%s\" are no groups of this library", visitor->groups);
  return set_schemes(visitor) && load_certificate(visitor);
}

void lurk_visitor_clear(struct lurk_visitor *visitor) {
  SSL_SESSION_free(visitor->session);
  SSL_CTX_free(visitor->context);
  visitor->session = NULL;
  visitor->context = NULL;
}

/* --- the connection --- */

static int connect_to(struct lurk_visitor *visitor) {
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  const char *colon = strrchr(visitor->address, ':');
  char *host = colon == NULL ? NULL : strndup(visitor->address, (size_t)(colon - visitor->address));
  int handle = -1;
  if (host == NULL || getaddrinfo(host, colon + 1, &hints, &found) != 0)
    fail(visitor, "\"%s\" is not ADDRESS:PORT with a numeric address", visitor->address);
  else if ((handle = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
           connect(handle, found->ai_addr, found->ai_addrlen) != 0)
    fail(visitor, "%s: %s", visitor->address, strerror(errno));
  if (visitor->fault[0] != '\0' && handle >= 0) {
    close(handle);
    handle = -1;
  }
  if (found != NULL)
    freeaddrinfo(found);
  free(host);
  return handle;
}

/* Why a call failed: the verdict on the certificate says more than the library's error. */
static bool fail_tls(struct lurk_visitor *visitor, SSL *ssl, const char *what) {
  long verdict = SSL_get_verify_result(ssl);
  return fail(visitor, "%s: %s", what,
              verdict == X509_V_OK ? reason() : X509_verify_cert_error_string(verdict));
}

static bool shake_hands(struct lurk_visitor *visitor, SSL *ssl, int handle) {
  X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_host(parameters, visitor->name, strlen(visitor->name)) != 1 ||
      SSL_set_tlsext_host_name(ssl, visitor->name) != 1 || SSL_set_fd(ssl, handle) != 1 ||
      (visitor->session != NULL && SSL_set_session(ssl, visitor->session) != 1))
    return fail(visitor, "the connection cannot be prepared: %s", reason());
  ERR_clear_error();
  return SSL_connect(ssl) == 1 || fail_tls(visitor, ssl, "handshake");
}

/* --- the page --- */

struct answer {
  char octets[LARGEST_ANSWER];
  size_t len;
  char body[LARGEST_ANSWER];
  size_t body_len;
  bool complete;
};

static int take_body(http_parser *parser, const char *at, size_t len) {
  struct answer *answer = parser->data; /* the body is a part of octets, so it fits */
  memcpy(answer->body + answer->body_len, at, len);
  answer->body_len += len;
  return 0;
}

static int complete(http_parser *parser) {
  struct answer *answer = parser->data;
  answer->complete = true;
  return 0;
}

static bool parse(struct lurk_visitor *visitor, struct answer *answer) {
  const http_parser_settings settings = {.on_body = take_body, .on_message_complete = complete};
  http_parser parser;
  http_parser_init(&parser, HTTP_RESPONSE);
  parser.data = answer;
  http_parser_execute(&parser, &settings, answer->octets, answer->len);
  if (!answer->complete) /* without a length the end of the connection is the end of the page */
    http_parser_execute(&parser, &settings, NULL, 0);
  if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || !answer->complete)
    return fail(visitor, "the answer is no whole HTTP response");
  return parser.status_code == 200 || fail(visitor, "the answer has the status %u", parser.status_code);
}

static bool ask(struct lurk_visitor *visitor, SSL *ssl) {
  char *request = NULL;
  int len = asprintf(&request,
                     "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nConnection: close\r\n\r\n",
                     visitor->path, visitor->name);
  bool asked = len > 0 && SSL_write(ssl, request, len) == len;
  if (len >= 0)
    free(request);
  return asked || fail_tls(visitor, ssl, "request");
}

static bool read_answer(struct lurk_visitor *visitor, SSL *ssl, struct answer *answer) {
  while (answer->len < sizeof answer->octets) {
    int got = SSL_read(ssl, answer->octets + answer->len, (int)(sizeof answer->octets - answer->len));
    if (got > 0)
      answer->len += (size_t)got;
    else if (SSL_get_error(ssl, got) == SSL_ERROR_ZERO_RETURN)
      return parse(visitor, answer);
    else
      return fail_tls(visitor, ssl, "answer");
  }
  return fail(visitor, "the answer is longer than %d octets", LARGEST_ANSWER);
}

/* --- what was seen --- */

static json_t *exported(struct lurk_visitor *visitor, SSL *ssl) {
  uint8_t octets[EXPORTED_LEN];
  char text[2 * EXPORTED_LEN + 1];
  if (visitor->exporter == NULL || SSL_export_keying_material(ssl, octets, sizeof octets, visitor->exporter,
                                                              strlen(visitor->exporter), NULL, 0, 0) != 1)
    return json_null();
  for (size_t i = 0; i < sizeof octets; i++)
    snprintf(text + 2 * i, 3, "%02x", octets[i]);
  return json_string(text);
}

static json_t *describe(struct lurk_visitor *visitor, SSL *ssl, const struct answer *answer) {
  bool tls13 = SSL_version(ssl) == TLS1_3_VERSION, resumed = SSL_session_reused(ssl) != 0;
  uint16_t scheme = SSL_get_peer_signature_algorithm(ssl), group = SSL_get_curve_id(ssl);
  json_t *page = json_stringn(answer->body, answer->body_len);
  if (page == NULL) {
    fail(visitor, "the page is no UTF-8");
    return NULL;
  }
  return json_pack(
      "{s:s, s:s, s:s?, s:s?, s:b, s:b, s:o, s:o, s:o}", "version", tls13 ? "TLS 1.3" : "TLS 1.2", "suite",
      SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl)), "group",
      group == 0 || (resumed && !tls13) ? NULL : SSL_get_curve_name(group), "scheme",
      scheme == 0 || resumed ? NULL : SSL_get_signature_algorithm_name(scheme, 1), "resumed", (int)resumed,
      "retried", (int)(SSL_used_hello_retry_request(ssl) != 0), "extended_master_secret",
      tls13 ? json_null() : json_boolean(SSL_get_extms_support(ssl) == 1), "exporter", exported(visitor, ssl),
      "page", page);
}

json_t *lurk_visitor_visit(struct lurk_visitor *visitor) {
  json_t *seen = NULL;
  struct answer *answer = calloc(1, sizeof *answer);
  SSL *ssl = SSL_new(visitor->context);
  int handle = connect_to(visitor);
  if (answer == NULL || ssl == NULL)
    fail(visitor, "out of memory");
  else if (handle >= 0 && shake_hands(visitor, ssl, handle) && ask(visitor, ssl) &&
           read_answer(visitor, ssl, answer)) {
    seen = describe(visitor, ssl, answer);
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  if (handle >= 0)
    close(handle);
  free(answer);
  return seen;
}
