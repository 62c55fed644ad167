#include "fuzz/edge/network.h"

#include "fuzz/target.h"

struct lurk_channel {
  struct link *link;
};

static struct link *links;
void (*fuzz_link_written)(struct link *link, const uint8_t *data, size_t len);

/* --- what the clients call --- */

lurk_credentials *lurk_credentials_ref(lurk_credentials *credentials) {
  return credentials;
}

void lurk_credentials_unref(lurk_credentials *credentials) {
  (void)credentials;
}

void lurk_dial_init(struct lurk_dial *dial, uv_loop_t *loop, char *input,
                    const struct lurk_dial_target *target, const struct lurk_dial_events *events,
                    void *owner) {
  struct link *link = calloc(1, sizeof *link);
  lurk_channel *channel = calloc(1, sizeof *channel);
  FUZZ_CHECK(link != NULL && channel != NULL);
  *dial = (struct lurk_dial){.loop = loop, .target = *target, .events = events, .owner = owner};
  *channel = (struct lurk_channel){.link = link};
  dial->stream.input = input;
  dial->stream.channel = channel;
  *link = (struct link){.dial = dial, .channel = channel, .state = LURK_CHANNEL_OPEN, .next = links};
  links = link;
}

static struct link *link_of(const struct lurk_dial *dial) {
  return dial->stream.channel->link;
}

void lurk_dial_start(struct lurk_dial *dial) {
  link_of(dial)->started = true;
}

void lurk_dial_close(struct lurk_dial *dial) {
  dial->phase = LURK_DIAL_CLOSING;
}

lurk_status lurk_stream_flush(struct lurk_stream *stream) {
  return stream->channel->link->state == LURK_CHANNEL_FAILED ? LURK_ERR_IO : LURK_OK;
}

enum lurk_channel_state lurk_channel_state(const lurk_channel *channel) {
  return channel->link->state;
}

const char *lurk_channel_failure(const lurk_channel *channel) {
  return channel->link->state == LURK_CHANNEL_FAILED ? "the link failed" : "";
}

void lurk_channel_eof(lurk_channel *channel) {
  channel->link->state = LURK_CHANNEL_FAILED;
}

lurk_status lurk_channel_read(lurk_channel *channel, uint8_t *buffer, size_t capacity, size_t *got) {
  struct link *link = channel->link;
  if (link->state == LURK_CHANNEL_FAILED)
    return LURK_ERR_CLOSED;
  *got = link->unread.len < capacity ? link->unread.len : capacity;
  if (*got > 0)
    memcpy(buffer, lurk_buffer_data(&link->unread), *got);
  lurk_buffer_consume(&link->unread, *got);
  return LURK_OK;
}

lurk_status lurk_channel_write(lurk_channel *channel, const uint8_t *data, size_t len) {
  struct link *link = channel->link;
  FUZZ_CHECK(link->dial->phase == LURK_DIAL_OPEN);
  if (link->state == LURK_CHANNEL_FAILED)
    return LURK_ERR_CLOSED;
  link->delivered_at = link->delivered.len;
  fuzz_link_written(link, data, len);
  FUZZ_CHECK(lurk_buffer_append(&link->sent, data, len));
  return LURK_OK;
}

/* --- what the target calls --- */

struct link *fuzz_link(size_t number) {
  size_t count = 0;
  for (struct link *link = links; link != NULL; link = link->next)
    count++;
  if (count == 0)
    return NULL;
  struct link *link = links;
  for (number %= count; number > 0; number--)
    link = link->next;
  return link;
}

static bool is_opening(const struct link *link) {
  return link->started && link->dial->phase == LURK_DIAL_OPENING;
}

void fuzz_link_open(struct link *link) {
  if (!is_opening(link))
    return;
  link->dial->phase = LURK_DIAL_OPEN;
  link->dial->events->opened(link->dial->owner);
}

void fuzz_link_fail(struct link *link) {
  if (is_opening(link) || link->dial->phase == LURK_DIAL_OPEN)
    link->dial->events->failed(link->dial->owner, "the link failed");
}

void fuzz_link_deliver(struct link *link, const uint8_t *data, size_t len, size_t step) {
  for (size_t used = 0; used < len && link->dial->phase == LURK_DIAL_OPEN;) {
    size_t part = step == 0 || step > len - used ? len - used : step;
    FUZZ_CHECK(lurk_buffer_append(&link->delivered, data + used, part));
    FUZZ_CHECK(lurk_buffer_append(&link->unread, data + used, part));
    link->dial->events->input(link->dial->owner);
    FUZZ_CHECK(link->dial->phase != LURK_DIAL_OPEN || link->unread.len == 0);
    used += part;
  }
}

void fuzz_link_end(struct link *link, enum lurk_channel_state state) {
  if (link->dial->phase != LURK_DIAL_OPEN)
    return;
  link->state = state;
  link->dial->events->input(link->dial->owner);
}

void fuzz_links_release(void) {
  for (struct link **place = &links; *place != NULL;) {
    struct link *link = *place;
    if (link->dial->phase != LURK_DIAL_CLOSING) {
      place = &link->next;
      continue;
    }
    *place = link->next;
    link->dial->events->released(link->dial->owner);
    lurk_buffer_clear(&link->sent);
    lurk_buffer_clear(&link->delivered);
    lurk_buffer_clear(&link->unread);
    free(link->channel);
    free(link);
  }
}
