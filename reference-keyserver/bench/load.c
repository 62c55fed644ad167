#include "load.h"

#include "lurk/net/http_client.h"
#include "lurk/net/lurk_client.h"
#include "measure.h"
#include "question.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 60000
#define CONNECT_MS 30000
#define ANSWER_OCTETS 65536

struct line; /* one connection */

struct load {
  struct lurk_bench_subject subject;
  const char *host, *name, *path;
  struct lurk_credential_files files;
  int port, connections, window, questions, rounds, pid, core, endless, awake;

  uv_loop_t loop;
  lurk_credentials *credentials;
  struct line *lines;
  struct lurk_bench_question *list; /* of the phase under way */
  size_t count, asked, answered;
  size_t wrong;
  double system_us; /* mean: the kernel counts it in ticks */
  double *per_cpu_second, *per_second, *cpu_us, *p50_us, *p99_us, *longest_us;
};

struct line {
  struct load *load;
  lurk_message_client *messages;
  lurk_http_client *http;
};

/* A question under way. */
struct errand {
  struct line *line;
  struct lurk_bench_question *question;
};

static bool unpack(json_t *config, struct load *load, char *why, size_t why_len) {
  json_error_t error;
  load->path = "/ski";
  load->core = -1;
  if (json_unpack_ex(
          config, &error, 0, "{s:s, s:i, s:s, s?s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s?i, s?i, s?b, s?b}",
          "host", &load->host, "port", &load->port, "name", &load->name, "path", &load->path, "certificate",
          &load->files.certificate, "key_file", &load->files.key, "ca", &load->files.ca, "connections",
          &load->connections, "window", &load->window, "questions", &load->questions, "rounds", &load->rounds,
          "pid", &load->pid, "core", &load->core, "endless", &load->endless, "awake", &load->awake) != 0) {
    snprintf(why, why_len, "%s", error.text);
    return false;
  }
  if (load->connections < 1 || load->window < 1 || load->questions < 1 || load->rounds < 1) {
    snprintf(why, why_len, "connections, window, questions and rounds must be at least 1");
    return false;
  }
  if (load->core >= 0 && !lurk_bench_pin(load->core)) {
    snprintf(why, why_len, "core: there is no core %d for this process", load->core);
    return false;
  }
  return lurk_credentials_load(LURK_CHANNEL_CLIENT, &load->files, &load->credentials, why, why_len) ==
         LURK_OK;
}

/* --- lines --- */

static bool open_message_line(struct line *line) {
  const struct load *load = line->load;
  const struct lurk_message_origin origin = {
      .host = load->host, .port = (uint16_t)load->port, .name = load->name};
  const struct lurk_message_client_options options = {.origins = &origin,
                                                      .origin_count = 1,
                                                      .credentials = load->credentials,
                                                      .connect_ms = CONNECT_MS,
                                                      .retry_ms = 1000,
                                                      .message_octets = ANSWER_OCTETS,
                                                      .convention = LURK_LENGTH_WHOLE_MESSAGE,
                                                      .random = lurk_random};
  return lurk_message_client_new(&line->load->loop, &options, &line->messages) == LURK_OK;
}

static bool open_http_line(struct line *line) {
  const struct load *load = line->load;
  const struct lurk_http_origin origin = {
      .host = load->host, .port = (uint16_t)load->port, .name = load->name, .path = load->path};
  const struct lurk_http_client_options options = {.origins = &origin,
                                                   .origin_count = 1,
                                                   .credentials = load->credentials,
                                                   .connections = 1,
                                                   .connect_ms = CONNECT_MS,
                                                   .retry_ms = 1000,
                                                   .body_octets = ANSWER_OCTETS};
  return lurk_http_client_new(&line->load->loop, &options, &line->http) == LURK_OK;
}

static bool open_lines(struct load *load) {
  load->lines = calloc((size_t)load->connections, sizeof *load->lines);
  for (int i = 0; load->lines != NULL && i < load->connections; i++) {
    load->lines[i].load = load;
    if (!(load->subject.protocol == LURK_BENCH_LURK ? open_message_line : open_http_line)(&load->lines[i]))
      return false;
  }
  return load->lines != NULL;
}

static void close_lines(struct load *load) {
  for (int i = 0; load->lines != NULL && i < load->connections; i++) {
    if (load->lines[i].messages != NULL)
      lurk_message_client_close(load->lines[i].messages, NULL, NULL);
    if (load->lines[i].http != NULL)
      lurk_http_client_close(load->lines[i].http, NULL, NULL);
  }
  uv_run(&load->loop, UV_RUN_DEFAULT);
  free(load->lines);
}

/* --- the closed loop --- */

static void ask_next(struct line *line);

static void take_answer(struct errand *errand, bool success, const uint8_t *answer, size_t len) {
  struct line *line = errand->line;
  struct lurk_bench_question *question = errand->question;
  free(errand);
  question->answered_ns = lurk_bench_wall_ns();
  question->success = success;
  question->answer_len = len;
  if (len > 0 && len <= sizeof question->answer)
    memcpy(question->answer, answer, len);
  if (++line->load->answered == line->load->count && !line->load->endless)
    uv_stop(&line->load->loop);
  else
    ask_next(line);
}

static void on_message(void *arg, const struct lurk_message_answer *answer) {
  bool success = answer->status == LURK_OK && answer->kind == LURK_ANSWER_SUCCESS;
  take_answer(arg, success, answer->payload, answer->payload_len);
}

static void on_http(void *arg, const struct lurk_http_answer *answer) {
  take_answer(arg, answer->status == LURK_OK && answer->code == 200, answer->body, answer->body_len);
}

static lurk_status submit(struct errand *errand) {
  const struct line *line = errand->line;
  const struct lurk_bench_subject *subject = &line->load->subject;
  const struct lurk_octets *payload = &errand->question->payload;
  if (subject->protocol == LURK_BENCH_LURK)
    return lurk_message_client_submit(line->messages, LURK_DESIGNATION_TLS12,
                                      subject->rsa ? LURK_TLS12_RSA_MASTER : LURK_TLS12_ECDHE, payload->data,
                                      payload->len, LURK_EVERY_ORIGIN, DEADLINE_MS, on_message, errand);
  return lurk_http_client_submit(line->http, "POST", NULL, lurk_ski_media_type(subject->format),
                                 payload->data, payload->len, LURK_EVERY_ORIGIN, DEADLINE_MS, on_http,
                                 errand);
}

static void ask_next(struct line *line) {
  struct load *load = line->load;
  if (load->asked == load->count && !load->endless)
    return;
  struct errand *errand = malloc(sizeof *errand);
  if (errand == NULL)
    abort();
  *errand = (struct errand){.line = line, .question = &load->list[load->asked++ % load->count]};
  errand->question->asked_ns = lurk_bench_wall_ns();
  if (submit(errand) != LURK_OK)
    take_answer(errand, false, NULL, 0);
}

static bool prepare(struct load *load, size_t count) {
  load->list = calloc(count, sizeof *load->list);
  load->count = load->list != NULL ? count : 0;
  load->asked = load->answered = 0;
  for (size_t i = 0; i < load->count; i++)
    if (!lurk_bench_question_make(&load->subject, i, &load->list[i]))
      return false;
  return load->list != NULL;
}

static void stay_awake(uv_idle_t *idle) {
  (void)idle;
}

/* Every connection gets its window first, in turn; from then on an answer is what lets it ask again. A load
 * that sleeps is woken by whoever sends to it: the server would pay for what no peer on another machine
 * costs it. */
static void ask_all(struct load *load) {
  uv_idle_t idle;
  uv_idle_init(&load->loop, &idle);
  if (load->awake)
    uv_idle_start(&idle, stay_awake);
  for (int i = 0; i < load->window; i++)
    for (int j = 0; j < load->connections; j++)
      ask_next(&load->lines[j]);
  uv_run(&load->loop, UV_RUN_DEFAULT);
  uv_close((uv_handle_t *)&idle, NULL);
  uv_run(&load->loop, UV_RUN_NOWAIT);
}

static void judge_all(struct load *load) {
  for (size_t i = 0; i < load->count; i++) {
    load->wrong += !lurk_bench_question_judge(&load->subject, &load->list[i]);
    lurk_bench_question_clear(&load->list[i]);
  }
  free(load->list);
  load->list = NULL;
}

/* --- rounds --- */

static bool note_latencies(struct load *load, size_t round) {
  uint64_t *latencies = malloc(load->count * sizeof *latencies);
  if (latencies == NULL)
    return false;
  for (size_t i = 0; i < load->count; i++)
    latencies[i] = load->list[i].answered_ns - load->list[i].asked_ns;
  load->p50_us[round] = (double)lurk_bench_quantile(latencies, load->count, 0.50) / 1000;
  load->p99_us[round] = (double)lurk_bench_quantile(latencies, load->count, 0.99) / 1000;
  load->longest_us[round] = (double)latencies[load->count - 1] / 1000;
  free(latencies);
  return true;
}

/* What the server's process has used so far; all 0 where it is not measured. */
struct usage {
  uint64_t cpu_ns, system_ns;
};

static bool note_usage(const struct load *load, struct usage *out) {
  *out = (struct usage){0};
  return load->pid == 0 ||
         (lurk_bench_cpu_ns(load->pid, &out->cpu_ns) && lurk_bench_system_ns(load->pid, &out->system_ns));
}

static bool run_round(struct load *load, size_t round) {
  struct usage before, after;
  bool ok = prepare(load, (size_t)load->questions);
  if (ok && load->endless)
    fprintf(stderr, "begins\n");
  ok = ok && note_usage(load, &before);
  uint64_t begin = lurk_bench_wall_ns();
  if (ok)
    ask_all(load);
  uint64_t end = lurk_bench_wall_ns();
  ok = ok && note_usage(load, &after) && (load->pid == 0 || after.cpu_ns > before.cpu_ns) &&
       note_latencies(load, round);
  if (ok) {
    double count = (double)load->count, cpu_ns = (double)(after.cpu_ns - before.cpu_ns);
    load->per_second[round] = count * 1e9 / (double)(end - begin);
    load->per_cpu_second[round] = load->pid == 0 ? 0 : count * 1e9 / cpu_ns;
    load->cpu_us[round] = cpu_ns / 1000 / count;
    load->system_us += (double)(after.system_ns - before.system_ns) / 1000 / count / load->rounds;
  }
  judge_all(load);
  return ok;
}

static json_t *report(struct load *load) {
  size_t rounds = (size_t)load->rounds;
  return json_pack("{s:i, s:i, s:i, s:i, s:I, s:o, s:o, s:o, s:o}", "connections", load->connections,
                   "window", load->window, "questions", load->questions, "rounds", load->rounds, "wrong",
                   (json_int_t)load->wrong, "per_second", lurk_bench_spread(load->per_second, rounds),
                   "p50_us", lurk_bench_spread(load->p50_us, rounds), "p99_us",
                   lurk_bench_spread(load->p99_us, rounds), "longest_us",
                   lurk_bench_spread(load->longest_us, rounds));
}

static json_t *report_server(struct load *load, uint64_t memory_before, uint64_t memory_connected) {
  size_t rounds = (size_t)load->rounds;
  return json_pack("{s:o, s:o, s:f, s:I, s:I}", "per_cpu_second",
                   lurk_bench_spread(load->per_cpu_second, rounds), "cpu_us",
                   lurk_bench_spread(load->cpu_us, rounds), "system_us", load->system_us, "memory_before",
                   (json_int_t)memory_before, "memory_connected", (json_int_t)memory_connected);
}

static json_t *measure(struct load *load, char *why, size_t why_len) {
  uint64_t before = 0, with_all = 0;
  int endless = load->endless;
  load->endless = 0;
  bool ok = (load->pid == 0 || lurk_bench_resident(load->pid, &before)) && open_lines(load);
  /* Handshakes and the first allocations are not what is measured. */
  ok = ok && prepare(load, 2 * (size_t)load->connections * (size_t)load->window);
  if (ok) {
    ask_all(load);
    judge_all(load);
  }
  load->endless = endless;
  ok = ok && (load->pid == 0 || lurk_bench_resident(load->pid, &with_all));
  for (int i = 0; ok && i < load->rounds; i++)
    ok = run_round(load, (size_t)i);
  close_lines(load);
  if (!ok) {
    snprintf(why, why_len, "the server is gone or does not come to rest, or memory is short");
    return NULL;
  }
  json_t *found = report(load);
  if (found != NULL && load->pid != 0 &&
      json_object_update_new(found, report_server(load, before, with_all)) != 0) {
    json_decref(found);
    found = NULL;
  }
  return found;
}

static bool make_columns(struct load *load, double **block) {
  double **columns[] = {&load->per_cpu_second, &load->per_second, &load->cpu_us,
                        &load->p50_us,         &load->p99_us,     &load->longest_us};
  const size_t count = sizeof columns / sizeof columns[0];
  *block = calloc(count * (size_t)load->rounds, sizeof **block);
  for (size_t i = 0; *block != NULL && i < count; i++)
    *columns[i] = *block + i * (size_t)load->rounds;
  return *block != NULL;
}

json_t *lurk_bench_load(json_t *config, char *why, size_t why_len) {
  struct load load = {0};
  double *columns = NULL;
  json_t *result = NULL;
  snprintf(why, why_len, "memory is short");
  if (unpack(config, &load, why, why_len) && lurk_bench_subject_load(config, &load.subject, why, why_len) &&
      make_columns(&load, &columns) && uv_loop_init(&load.loop) == 0) {
    result = measure(&load, why, why_len);
    uv_loop_close(&load.loop);
  }
  free(columns);
  lurk_bench_subject_clear(&load.subject);
  lurk_credentials_unref(load.credentials);
  return result;
}
