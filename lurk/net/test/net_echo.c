/* Test server: net-echo-LIB CERTIFICATE KEY CA CRL|- LISTEN THREADS HEADER_MS BODY_MS IDLE_MS CONNECTIONS
 * POST / answers the body; GET /who the peer's names, GET /noted leaves a line in the log; everything else
 * 404 or 405. Log lines on stderr. Ends on end of input. */
#include "lurk/net/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *echo_open(void *arg, lurk_connection *connection) {
  (void)arg;
  return connection;
}

static void echo_close(void *session) {
  (void)session;
}

static void describe_peer(const struct lurk_peer *peer, struct lurk_http_response *response) {
  char text[4096];
  int len = snprintf(text, sizeof text, "authenticated=%d", peer->authenticated);
  for (size_t i = 0; i < peer->uri_count && (size_t)len < sizeof text; i++)
    len += snprintf(text + len, sizeof text - (size_t)len, " uri:%s", peer->uris[i]);
  for (size_t i = 0; i < peer->dns_name_count && (size_t)len < sizeof text; i++)
    len += snprintf(text + len, sizeof text - (size_t)len, " dns:%s", peer->dns_names[i]);
  lurk_octets_copy(&response->body, (uint8_t *)text, strlen(text));
  response->status = 200;
  response->content_type = "text/plain";
}

static void echo_fault(struct lurk_http_response *response) {
  static const char text[] = "fault";
  lurk_octets_copy(&response->body, (const uint8_t *)text, sizeof text - 1);
  response->content_type = "text/plain";
}

static void echo_handle(void *session, const struct lurk_http_request *request,
                        struct lurk_http_response *response) {
  if (request == NULL) {
    echo_fault(response);
  } else if (strcmp(request->path, "/who") == 0) {
    describe_peer(lurk_connection_peer(session), response);
  } else if (strcmp(request->path, "/noted") == 0) {
    fprintf(stderr, "noted\n");
    response->status = 204;
  } else if (strcmp(request->path, "/") != 0) {
    response->status = 404;
  } else if (strcmp(request->method, "POST") != 0) {
    response->status = 405;
    response->allow = "POST";
  } else {
    response->status = 200;
    response->content_type = "application/octet-stream";
    lurk_octets_copy(&response->body, request->body, request->body_len);
  }
}

static lurk_credentials *give_credentials(void *arg) {
  return lurk_credentials_ref(arg);
}

static void log_line(void *arg, const char *kind, const char *address, const char *detail) {
  (void)arg;
  fprintf(stderr, "%s %s %s\n", kind, address, detail);
}

int main(int count, char **arguments) {
  if (count != 11)
    return 2;
  char why[256];
  struct lurk_credential_files files = {.certificate = arguments[1],
                                        .key = arguments[2],
                                        .ca = arguments[3],
                                        .crl = strcmp(arguments[4], "-") == 0 ? NULL : arguments[4]};
  lurk_credentials *credentials;
  if (lurk_credentials_load(LURK_CHANNEL_SERVER, &files, &credentials, why, sizeof why) != LURK_OK) {
    fprintf(stderr, "%s\n", why);
    return 2;
  }
  struct lurk_http_limits limits = {.header_octets = 8192,
                                    .body_octets = 16384,
                                    .header_ms = (unsigned)atoi(arguments[7]),
                                    .body_ms = (unsigned)atoi(arguments[8]),
                                    .idle_ms = (unsigned)atoi(arguments[9])};
  struct lurk_http_handler handler = {echo_open, echo_handle, echo_close};
  lurk_http_server *http = lurk_http_server_new(&limits, &handler, NULL);
  const struct lurk_server_listener listener = {arguments[5], &lurk_http_service, http};
  struct lurk_server_options options = {
      .listeners = &listener,
      .listener_count = 1,
      .threads = (unsigned)atoi(arguments[6]),
      .limits = {.connections = (unsigned)atoi(arguments[10]),
                 .handshake_ms = (unsigned)atoi(arguments[7]),
                 .idle_ms = (unsigned)atoi(arguments[9]),
                 .output_octets = 65536,
                 .output_ms = (unsigned)atoi(arguments[8])},
      .credentials = give_credentials,
      .log = log_line,
      .arg = credentials,
  };
  lurk_server *server;
  if (lurk_server_start(&options, &server, why, sizeof why) != LURK_OK) {
    fprintf(stderr, "%s\n", why);
    return 2;
  }
  printf("ready %s\n", lurk_server_address(server, 0));
  fflush(stdout);
  while (getchar() != EOF)
    continue;
  lurk_server_stop(server, 500);
  lurk_http_server_free(http);
  lurk_credentials_unref(credentials);
  return 0;
}
