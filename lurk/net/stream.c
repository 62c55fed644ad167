#include "lurk/net/stream.h"

#include <stdlib.h>
#include <string.h>

struct write {
  uv_write_t request;
  struct lurk_stream *stream;
  uint8_t data[];
};

int lurk_stream_init(struct lurk_stream *stream, uv_loop_t *loop, char *input,
                     const struct lurk_stream_events *events, void *owner) {
  *stream = (struct lurk_stream){.events = events, .owner = owner, .input = input};
  int result = uv_tcp_init(loop, &stream->tcp);
  stream->tcp.data = stream;
  return result;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  struct lurk_stream *stream = handle->data;
  *buffer = uv_buf_init(stream->input, LURK_STREAM_INPUT);
}

static void on_read(uv_stream_t *handle, ssize_t got, const uv_buf_t *buffer) {
  struct lurk_stream *stream = handle->data;
  if (got == 0)
    return;
  stream->filled = (size_t)got == buffer->len;
  if (got < 0) {
    stream->ended = true;
    stream->gone = stream->gone || got != UV_EOF;
    lurk_stream_read(stream, false);
    lurk_channel_eof(stream->channel);
  } else if (stream->discard) {
    stream->discarded += (size_t)got;
    lurk_stream_read(stream, stream->discarded < LURK_STREAM_DISCARD);
    return;
  } else if (lurk_channel_feed(stream->channel, (const uint8_t *)buffer->base, (size_t)got) != LURK_OK) {
    /* A failed channel may still have an alert to send; LIMIT cannot happen, as owners read all before. */
    stream->discard = true;
  }
  stream->events->input(stream->owner);
}

void lurk_stream_read(struct lurk_stream *stream, bool on) {
  bool useful = !stream->ended && !stream->gone && stream->discarded < LURK_STREAM_DISCARD;
  if (on && useful && !stream->reading)
    stream->reading = uv_read_start((uv_stream_t *)&stream->tcp, on_alloc, on_read) == 0;
  if (!on && stream->reading) {
    uv_read_stop((uv_stream_t *)&stream->tcp);
    stream->reading = false;
  }
}

static void on_written(uv_write_t *request, int result) {
  struct write *write = (struct write *)request;
  struct lurk_stream *stream = write->stream;
  free(write);
  stream->in_flight = 0;
  if (result == UV_ECANCELED)
    return;
  if (result < 0 || lurk_stream_flush(stream) != LURK_OK) {
    stream->gone = true;
    lurk_channel_eof(stream->channel);
    stream->events->input(stream->owner);
  } else if (stream->in_flight == 0) {
    stream->events->drained(stream->owner);
  }
}

static lurk_status queue(struct lurk_stream *stream, const uint8_t *data, size_t len) {
  struct write *write = malloc(sizeof *write + len);
  if (write == NULL)
    return LURK_ERR_MEMORY;
  write->stream = stream;
  memcpy(write->data, data, len);
  uv_buf_t buffer = uv_buf_init((char *)write->data, (unsigned)len);
  if (uv_write(&write->request, (uv_stream_t *)&stream->tcp, &buffer, 1, on_written) != 0) {
    free(write);
    return LURK_ERR_IO;
  }
  stream->in_flight = len;
  return LURK_OK;
}

lurk_status lurk_stream_flush(struct lurk_stream *stream) {
  const uint8_t *data;
  size_t len;
  lurk_channel_output(stream->channel, &data, &len);
  if (len == 0 || stream->in_flight > 0)
    return LURK_OK;
  if (stream->gone)
    return LURK_ERR_CLOSED;
  uv_buf_t buffer = uv_buf_init((char *)data, (unsigned)len);
  int sent = uv_try_write((uv_stream_t *)&stream->tcp, &buffer, 1);
  if (sent < 0 && sent != UV_EAGAIN)
    return LURK_ERR_IO;
  size_t done = sent < 0 ? 0 : (size_t)sent;
  lurk_status status = done < len ? queue(stream, data + done, len - done) : LURK_OK;
  lurk_channel_output_taken(stream->channel, len);
  return status;
}

size_t lurk_stream_queued(struct lurk_stream *stream) {
  const uint8_t *data;
  size_t len;
  lurk_channel_output(stream->channel, &data, &len);
  return stream->in_flight + len;
}
