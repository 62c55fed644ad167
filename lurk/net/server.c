/* Threads, loops and listeners of the server. */
#include "lurk/net/listener.h"
#include "lurk/net/server_internal.h"
#include "lurk/net/turns.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 1024

/* --- a thread's loop --- */

static void close_walked(uv_handle_t *handle, void *arg) {
  (void)arg;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

void lurk_server_thread_empty(struct server_thread *thread) {
  uv_walk(&thread->loop, close_walked, NULL);
}

static void on_grace_over(uv_timer_t *timer) {
  lurk_connections_close(timer->data);
}

static void stop_thread(struct server_thread *thread) {
  thread->stopping = true;
  for (size_t i = 0; i < thread->server->options.listener_count; i++)
    if (!uv_is_closing((uv_handle_t *)&thread->listeners[i]))
      uv_close((uv_handle_t *)&thread->listeners[i], NULL);
  if (thread->connections == NULL) {
    lurk_server_thread_empty(thread);
    return;
  }
  uv_timer_start(&thread->grace, on_grace_over, thread->server->grace_ms, 0);
  lurk_connections_drain(thread);
}

static void on_wake(uv_async_t *wake) {
  struct server_thread *thread = wake->data;
  struct lurk_server *server = thread->server;
  uv_mutex_lock(&server->lock);
  bool visit = thread->visit_wanted;
  bool stop = thread->stop_wanted;
  thread->visit_wanted = thread->stop_wanted = false;
  uv_mutex_unlock(&server->lock);
  if (visit) {
    lurk_connections_visit(thread, server->visit, server->visit_arg);
    uv_mutex_lock(&server->lock);
    if (--server->visits_left == 0)
      uv_cond_signal(&server->visited);
    uv_mutex_unlock(&server->lock);
  }
  if (stop)
    stop_thread(thread);
}

static void on_again(uv_idle_t *idle) {
  (void)idle;
}

void lurk_server_thread_again(struct server_thread *thread) {
  uv_idle_start(&thread->again, on_again);
}

static void on_turn(uv_check_t *check) {
  struct server_thread *thread = check->data;
  lurk_connections_take_turns(thread);
  if (!lurk_turns_waiting(&thread->turns))
    uv_idle_stop(&thread->again);
}

static void on_connection(uv_stream_t *listener, int status) {
  struct server_thread *thread = listener->data;
  size_t index = (size_t)((uv_tcp_t *)listener - thread->listeners);
  if (status == 0)
    lurk_connection_accept(thread, listener, &thread->server->listeners[index]);
}

static void run_thread(void *arg) {
  struct server_thread *thread = arg;
  uv_run(&thread->loop, UV_RUN_DEFAULT);
}

/* --- start --- */

static void clear_thread(struct server_thread *thread) {
  uv_walk(&thread->loop, close_walked, NULL);
  uv_run(&thread->loop, UV_RUN_DEFAULT);
  uv_loop_close(&thread->loop);
  free(thread->listeners);
}

static int init_thread(struct lurk_server *server, struct server_thread *thread) {
  thread->server = server;
  thread->listeners = calloc(server->options.listener_count, sizeof *thread->listeners);
  int result = thread->listeners == NULL ? UV_ENOMEM : uv_loop_init(&thread->loop);
  if (result != 0) {
    free(thread->listeners);
    return result;
  }
  lurk_turns_init(&thread->turns);
  uv_idle_init(&thread->loop, &thread->again);
  uv_check_init(&thread->loop, &thread->turn);
  uv_timer_init(&thread->loop, &thread->grace);
  for (size_t i = 0; i < server->options.listener_count; i++) {
    uv_tcp_init(&thread->loop, &thread->listeners[i]);
    thread->listeners[i].data = thread;
  }
  thread->wake.data = thread->turn.data = thread->grace.data = thread;
  uv_check_start(&thread->turn, on_turn);
  result = uv_async_init(&thread->loop, &thread->wake, on_wake);
  if (result != 0)
    clear_thread(thread);
  return result;
}

static int listen_on(struct server_thread *thread, size_t index, struct sockaddr_storage *address) {
  int descriptor = lurk_listen_bind(address, thread->server->options.threads > 1);
  if (descriptor < 0)
    return descriptor;
  int result = uv_tcp_open(&thread->listeners[index], descriptor);
  if (result != 0) {
    close(descriptor);
    return result;
  }
  return uv_listen((uv_stream_t *)&thread->listeners[index], BACKLOG, on_connection);
}

static lurk_status bind_address(struct lurk_server *server, size_t index, char *why, size_t why_len) {
  const struct lurk_server_listener *listener = &server->options.listeners[index];
  const char *text = listener->address;
  struct sockaddr_storage address;
  if (!lurk_listen_address(text, &address)) {
    snprintf(why, why_len, "%s: not a numeric address with a port", text);
    return LURK_ERR_MALFORMED;
  }
  int result = lurk_listen_probe(&address);
  for (unsigned i = 0; result == 0 && i < server->thread_count; i++)
    result = listen_on(&server->threads[i], index, &address);
  if (result != 0) {
    snprintf(why, why_len, "%s: %s", text, uv_strerror(result));
    return LURK_ERR_IO;
  }
  server->listeners[index] = (struct bound_listener){.service = listener->service,
                                                     .service_arg = listener->service_arg,
                                                     .address = lurk_listen_text(&address)};
  return server->listeners[index].address == NULL ? LURK_ERR_MEMORY : LURK_OK;
}

static lurk_status prepare(struct lurk_server *server, char *why, size_t why_len) {
  while (server->thread_count < server->options.threads) {
    int result = init_thread(server, &server->threads[server->thread_count]);
    if (result != 0) {
      snprintf(why, why_len, "event loop: %s", uv_strerror(result));
      return LURK_ERR_IO;
    }
    server->thread_count++;
  }
  for (size_t i = 0; i < server->options.listener_count; i++) {
    lurk_status status = bind_address(server, i, why, why_len);
    if (status != LURK_OK)
      return status;
  }
  return LURK_OK;
}

/* Signals belong to the program's own thread; a broken connection must not end the process by SIGPIPE. */
static int start_threads(struct lurk_server *server, unsigned *started) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int result = 0;
  for (*started = 0; *started < server->thread_count; ++*started) {
    struct server_thread *thread = &server->threads[*started];
    result = uv_thread_create(&thread->id, run_thread, thread);
    if (result != 0)
      break;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}

static struct lurk_server *server_new(const struct lurk_server_options *options) {
  struct lurk_server *server = calloc(1, sizeof *server);
  if (server == NULL)
    return NULL;
  server->options = *options;
  if (server->options.threads == 0)
    server->options.threads = uv_available_parallelism();
  atomic_init(&server->connections, 0);
  server->listeners = calloc(options->listener_count, sizeof *server->listeners);
  server->threads = calloc(server->options.threads, sizeof *server->threads);
  if (server->listeners == NULL || server->threads == NULL || uv_mutex_init(&server->lock) != 0) {
    free(server->listeners);
    free(server->threads);
    free(server);
    return NULL;
  }
  uv_cond_init(&server->visited);
  return server;
}

/* Threads have ended or were never started. */
static void server_free(struct lurk_server *server) {
  for (unsigned i = 0; i < server->thread_count; i++)
    clear_thread(&server->threads[i]);
  for (size_t i = 0; i < server->options.listener_count; i++)
    free(server->listeners[i].address);
  uv_cond_destroy(&server->visited);
  uv_mutex_destroy(&server->lock);
  free(server->listeners);
  free(server->threads);
  free(server);
}

static void stop_threads(struct lurk_server *server, unsigned started, unsigned grace_ms) {
  uv_mutex_lock(&server->lock);
  server->grace_ms = grace_ms;
  for (unsigned i = 0; i < started; i++) {
    server->threads[i].stop_wanted = true;
    uv_async_send(&server->threads[i].wake);
  }
  uv_mutex_unlock(&server->lock);
  for (unsigned i = 0; i < started; i++)
    uv_thread_join(&server->threads[i].id);
}

lurk_status lurk_server_start(const struct lurk_server_options *options, lurk_server **out, char *why,
                              size_t why_len) {
  struct lurk_server *server = server_new(options);
  if (server == NULL) {
    snprintf(why, why_len, "out of memory");
    return LURK_ERR_MEMORY;
  }
  lurk_status status = prepare(server, why, why_len);
  if (status == LURK_OK) {
    unsigned started;
    int result = start_threads(server, &started);
    if (result == 0) {
      *out = server;
      return LURK_OK;
    }
    snprintf(why, why_len, "thread: %s", uv_strerror(result));
    status = LURK_ERR_IO;
    stop_threads(server, started, 0);
  }
  server_free(server);
  return status;
}

/* --- control --- */

size_t lurk_server_address_count(const lurk_server *server) {
  return server->options.listener_count;
}

const char *lurk_server_address(const lurk_server *server, size_t index) {
  return server->listeners[index].address;
}

void lurk_server_visit(lurk_server *server, void (*visit)(void *arg, lurk_connection *connection),
                       void *arg) {
  uv_mutex_lock(&server->lock);
  server->visit = visit;
  server->visit_arg = arg;
  server->visits_left = server->thread_count;
  for (unsigned i = 0; i < server->thread_count; i++) {
    server->threads[i].visit_wanted = true;
    uv_async_send(&server->threads[i].wake);
  }
  while (server->visits_left > 0)
    uv_cond_wait(&server->visited, &server->lock);
  uv_mutex_unlock(&server->lock);
}

void lurk_server_stop(lurk_server *server, unsigned grace_ms) {
  stop_threads(server, server->thread_count, grace_ms);
  server_free(server);
}
