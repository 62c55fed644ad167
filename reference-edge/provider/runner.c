#include "reference-edge/provider/runner.h"

#include "reference-edge/grants.h"
#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct job {
  const struct lurk_key_request *request;
  lurk_key_done *done;
  void *arg;
  struct lurk_runner *runner;
  bool finished, refused; /* under the runner's lock */
  struct job *next;
};

struct lurk_runner {
  const struct lurk_runner_setup *setup;
  pthread_t thread;
  uv_loop_t loop;
  uv_async_t wake;
  lurk_key_client *client;
  lurk_grants *grants;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct job *first, **last; /* under lock, as the next two */
  unsigned waiting;          /* callers */
  bool stopping;
};

/* All places with a runner; the lock is also for beginning and ending one. */
static struct {
  pthread_mutex_t lock;
  struct lurk_runner_place *first;
  bool ended; /* no new one */
} running = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- on the thread --- */

static void finish(struct job *job, bool refused) {
  struct lurk_runner *runner = job->runner;
  pthread_mutex_lock(&runner->lock);
  job->refused = refused;
  job->finished = true;
  pthread_cond_broadcast(&runner->changed);
  pthread_mutex_unlock(&runner->lock);
}

static void answered(void *arg, const struct lurk_key_answer *answer) {
  struct job *job = arg;
  job->done(job->arg, answer);
  finish(job, false);
}

static void close_rest(void *arg) {
  struct lurk_runner *runner = arg;
  lurk_grants_close(runner->grants);
  uv_close((uv_handle_t *)&runner->wake, NULL);
}

static struct job *take(struct lurk_runner *runner, bool *stopping) {
  pthread_mutex_lock(&runner->lock);
  struct job *jobs = runner->first;
  runner->first = NULL;
  runner->last = &runner->first;
  *stopping = runner->stopping;
  pthread_mutex_unlock(&runner->lock);
  return jobs;
}

/* What the key server has said that it does not grant is not asked for. Before it was asked, everything is.
 */
static const char *withheld(const struct lurk_runner *runner, const struct lurk_key_request *request) {
  const struct lurk_policy *policy = &lurk_grants_policies(runner->grants)[request->certificate->group];
  const bool tls13 = request->protocol == LURK_SKI_TLS_1_3;
  if (!(tls13 ? policy->tls13 : policy->tls12))
    return tls13 ? "the key server does not grant TLS 1.3" : "the key server does not grant TLS 1.2";
  if (!(request->method == LURK_SKI_RSA ? policy->rsa : policy->ecdhe))
    return "the key server does not grant this method";
  const bool *schemes = tls13 ? policy->scheme13 : policy->scheme12;
  return request->scheme == NULL || schemes[request->scheme - lurk_schemes]
             ? NULL
             : "the key server does not grant this signature scheme";
}

static void woken(uv_async_t *wake) {
  struct lurk_runner *runner = wake->data;
  bool stopping = false;
  struct job *next = NULL;
  for (struct job *job = take(runner, &stopping); job != NULL; job = next) {
    next = job->next; /* its owner goes on as soon as it is finished */
    const char *fault = stopping ? "the process is ending" : withheld(runner, job->request);
    const struct lurk_key_answer refusal = {.failure = fault, .key_server = "none"};
    if (fault != NULL)
      answered(job, &refusal);
    else if (lurk_key_client_submit(runner->client, job->request, answered, job) != LURK_OK)
      finish(job, true);
  }
  if (stopping && runner->client != NULL) {
    lurk_key_client_close(runner->client, close_rest, runner);
    runner->client = NULL;
  }
}

static void *run(void *arg) {
  struct lurk_runner *runner = arg;
  OSSL_LIB_CTX_set0_default(runner->setup->library); /* of this thread */
  uv_run(&runner->loop, UV_RUN_DEFAULT);
  return NULL;
}

/* --- beginning and ending --- */

/* The key server's capabilities are in the log; an operation that they exclude fails by itself. */
static void first_known(void *arg, const char *fault) {
  (void)arg;
  (void)fault;
}

static void destroy(struct lurk_runner *runner) {
  pthread_cond_destroy(&runner->changed);
  pthread_mutex_destroy(&runner->lock);
  free(runner);
}

static void nothing_left(void *arg) {
  (void)arg;
}

/* What begin has done so far, undone on the caller's thread. */
static void abandon(struct lurk_runner *runner, bool has_wake) {
  if (runner->grants != NULL)
    lurk_grants_close(runner->grants);
  if (runner->client != NULL)
    lurk_key_client_close(runner->client, nothing_left, NULL);
  if (has_wake)
    uv_close((uv_handle_t *)&runner->wake, NULL);
  uv_run(&runner->loop, UV_RUN_DEFAULT);
  uv_loop_close(&runner->loop);
  destroy(runner);
}

/* The server's signals are for the server's own threads. */
static bool begin_thread(struct lurk_runner *runner) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool begun = pthread_create(&runner->thread, NULL, run, runner) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return begun;
}

static struct lurk_runner *begin(const struct lurk_runner_setup *setup) {
  struct lurk_runner *runner = calloc(1, sizeof *runner);
  if (runner == NULL)
    return NULL;
  runner->setup = setup;
  runner->last = &runner->first;
  pthread_mutex_init(&runner->lock, NULL);
  pthread_cond_init(&runner->changed, NULL);
  if (uv_loop_init(&runner->loop) != 0) {
    destroy(runner);
    return NULL;
  }
  bool has_wake = uv_async_init(&runner->loop, &runner->wake, woken) == 0;
  runner->wake.data = runner;
  OSSL_LIB_CTX *outer = OSSL_LIB_CTX_set0_default(setup->library);
  bool begun = has_wake &&
               lurk_key_client_new(&runner->loop, setup->config, setup->credentials, setup->log,
                                   &runner->client) == LURK_OK &&
               lurk_grants_new(&runner->loop, runner->client, setup->config, setup->certificates, setup->log,
                               first_known, NULL, &runner->grants) == LURK_OK &&
               begin_thread(runner);
  if (!begun) {
    abandon(runner, has_wake);
    runner = NULL;
  }
  OSSL_LIB_CTX_set0_default(outer);
  return runner;
}

/* With the lock of all. */
static struct lurk_runner *runner_of(struct lurk_runner_place *place, const struct lurk_runner_setup *setup) {
  if (place->runner == NULL && !running.ended) {
    place->runner = begin(setup);
    if (place->runner != NULL) {
      place->next = running.first;
      running.first = place;
    }
  }
  return place->runner;
}

/* With the lock of all. */
static void stop(struct lurk_runner_place *place) {
  struct lurk_runner *runner = place->runner;
  struct lurk_runner_place **at = &running.first;
  while (*at != place)
    at = &(*at)->next;
  *at = place->next;
  place->runner = NULL;
  pthread_mutex_lock(&runner->lock);
  runner->stopping = true;
  uv_async_send(&runner->wake);
  pthread_mutex_unlock(&runner->lock);
  pthread_join(runner->thread, NULL);
  pthread_mutex_lock(&runner->lock);
  while (runner->waiting > 0)
    pthread_cond_wait(&runner->changed, &runner->lock);
  pthread_mutex_unlock(&runner->lock);
  uv_loop_close(&runner->loop);
  destroy(runner);
}

void lurk_runner_stop(struct lurk_runner_place *place) {
  pthread_mutex_lock(&running.lock);
  if (place->runner != NULL)
    stop(place);
  pthread_mutex_unlock(&running.lock);
}

/* --- forks, and the end of the process --- */

static void before_fork(void) {
  pthread_mutex_lock(&running.lock);
}

static void after_fork(void) {
  pthread_mutex_unlock(&running.lock);
}

/* The thread is not in the child. What belonged to it is left alone: its connections are the parent's. */
static void in_child(void) {
  while (running.first != NULL) {
    struct lurk_runner_place *place = running.first;
    running.first = place->next;
    place->runner = NULL;
  }
  pthread_mutex_unlock(&running.lock);
}

static void stop_all(void) {
  pthread_mutex_lock(&running.lock);
  running.ended = true;
  while (running.first != NULL)
    stop(running.first);
  pthread_mutex_unlock(&running.lock);
}

static bool prepared;

static void prepare(void) {
  prepared = pthread_atfork(before_fork, after_fork, in_child) == 0 && OPENSSL_atexit(stop_all) == 1;
}

bool lurk_runner_prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, prepare);
  return prepared;
}

/* --- operations --- */

bool lurk_runner_perform(struct lurk_runner_place *place, const struct lurk_runner_setup *setup,
                         const struct lurk_key_request *request, lurk_key_done *done, void *arg) {
  pthread_mutex_lock(&running.lock);
  struct lurk_runner *runner = runner_of(place, setup);
  struct job job = {.request = request, .done = done, .arg = arg, .runner = runner};
  if (runner != NULL) {
    pthread_mutex_lock(&runner->lock);
    *runner->last = &job;
    runner->last = &job.next;
    runner->waiting++;
    uv_async_send(&runner->wake);
  }
  pthread_mutex_unlock(&running.lock);
  if (runner == NULL)
    return false;
  while (!job.finished)
    pthread_cond_wait(&runner->changed, &runner->lock);
  runner->waiting--;
  pthread_cond_broadcast(&runner->changed); /* maybe the runner is to be stopped */
  pthread_mutex_unlock(&runner->lock);
  return !job.refused;
}
