/* Test client: net-client-LIB CERTIFICATE KEY CA CONNECTIONS DEADLINE_MS NAME HOST:PORT...
 * For each line "COUNT" on its input it submits that many POST requests of different bodies from a second
 * thread and, when all are answered, prints one line of counts: "ok=N wrong=N failed=N last=ORIGIN". */
#include "lurk/net/http_client.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lurk_http_client *client;
static uv_loop_t loop;
static uv_async_t end;
static uv_sem_t answered;
static unsigned deadline_ms;
static atomic_uint ok, wrong, failed;
static atomic_size_t last_origin;

#define BODY_LEN 300

static void fill(uint8_t *body, unsigned seed) {
  for (size_t i = 0; i < BODY_LEN; i++)
    body[i] = (uint8_t)(seed + i * (seed % 7 + 1));
}

static void on_answer(void *arg, const struct lurk_http_answer *answer) {
  uint8_t expected[BODY_LEN];
  fill(expected, (unsigned)(uintptr_t)arg);
  if (answer->status != LURK_OK) {
    fprintf(stderr, "answer %s\n", lurk_status_name(answer->status));
    atomic_fetch_add(&failed, 1);
  } else if (answer->code == 200 && answer->body_len == BODY_LEN &&
             memcmp(answer->body, expected, BODY_LEN) == 0) {
    atomic_fetch_add(&ok, 1);
  } else {
    atomic_fetch_add(&wrong, 1);
  }
  atomic_store(&last_origin, answer->origin);
  uv_sem_post(&answered);
}

static void run_round(unsigned count) {
  uint8_t body[BODY_LEN];
  atomic_store(&ok, 0);
  atomic_store(&wrong, 0);
  atomic_store(&failed, 0);
  for (unsigned i = 0; i < count; i++) {
    fill(body, i);
    if (lurk_http_client_submit(client, "POST", NULL, "application/octet-stream", body, sizeof body,
                                LURK_EVERY_ORIGIN, deadline_ms, on_answer, (void *)(uintptr_t)i) != LURK_OK)
      abort();
  }
  for (unsigned i = 0; i < count; i++)
    uv_sem_wait(&answered);
  printf("ok=%u wrong=%u failed=%u last=%zu\n", ok, wrong, failed, last_origin);
  fflush(stdout);
}

static void submit_rounds(void *arg) {
  (void)arg;
  char line[32];
  while (fgets(line, sizeof line, stdin) != NULL)
    run_round((unsigned)atoi(line));
  uv_async_send(&end);
}

static void on_end(uv_async_t *handle) {
  lurk_http_client_close(client, NULL, NULL);
  uv_close((uv_handle_t *)handle, NULL);
}

static void log_line(void *arg, const char *kind, const char *origin, const char *detail) {
  (void)arg;
  fprintf(stderr, "%s %s %s\n", kind, origin, detail);
}

int main(int count, char **arguments) {
  if (count < 8)
    return 2;
  signal(SIGPIPE, SIG_IGN);
  char why[256];
  struct lurk_credential_files files = {.certificate = arguments[1], .key = arguments[2], .ca = arguments[3]};
  lurk_credentials *credentials;
  if (lurk_credentials_load(LURK_CHANNEL_CLIENT, &files, &credentials, why, sizeof why) != LURK_OK) {
    fprintf(stderr, "%s\n", why);
    return 2;
  }
  struct lurk_http_origin origins[8];
  size_t origin_count = 0;
  for (int i = 7; i < count && origin_count < 8; i++) {
    char *port = strrchr(arguments[i], ':');
    *port = '\0';
    origins[origin_count++] =
        (struct lurk_http_origin){arguments[i], (uint16_t)atoi(port + 1), arguments[6], "/"};
  }
  struct lurk_http_client_options options = {
      .origins = origins,
      .origin_count = origin_count,
      .credentials = credentials,
      .connections = (unsigned)atoi(arguments[4]),
      .connect_ms = 2000,
      .retry_ms = 200,
      .body_octets = 65536,
      .log = log_line,
  };
  deadline_ms = (unsigned)atoi(arguments[5]);
  uv_loop_init(&loop);
  uv_sem_init(&answered, 0);
  uv_async_init(&loop, &end, on_end);
  if (lurk_http_client_new(&loop, &options, &client) != LURK_OK)
    return 1;
  lurk_credentials_unref(credentials);
  uv_thread_t thread;
  uv_thread_create(&thread, submit_rounds, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&thread);
  uv_sem_destroy(&answered);
  return uv_loop_close(&loop) == 0 ? 0 : 1;
}
