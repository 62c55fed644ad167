/* Octet strings as values. They live in one arena until octets_release, so that the generator can compose
 * messages as freely as text; when memory runs out the program ends. For the generator only: nothing here
 * meets input of a peer.
 *
 * The order in which C evaluates arguments and initialisers is open: two draws from the seed never stand in
 * one of them, or compilers would make different vectors. */
#ifndef LURK_VECTORS_OCTETS_H
#define LURK_VECTORS_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct octets {
  const uint8_t *at;
  size_t len;
};

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A block of the arena, to be filled in. */
uint8_t *octets_new(size_t len);
/* Frees all of them. */
void octets_release(void);

struct octets octets_copy(const void *data, size_t len);
struct octets octets_text(const char *text);  /* without its NUL */
struct octets octets_hex(const char *digits); /* blanks between octets are passed over */
struct octets octets_repeat(uint8_t value, size_t count);
struct octets octets_number(uint64_t value, size_t len); /* big endian */
struct octets octets_join(const struct octets *parts, size_t count);
#define CAT(...)                                                                                             \
  octets_join((const struct octets[]){__VA_ARGS__},                                                          \
              sizeof((const struct octets[]){__VA_ARGS__}) / sizeof(struct octets))
#define U8(value) octets_number((value), 1)
#define U16(value) octets_number((value), 2)
#define U32(value) octets_number((value), 4)

/* After its length in prefix octets. */
struct octets octets_vector(unsigned prefix, struct octets content);
struct octets octets_part(struct octets whole, size_t at, size_t len);
struct octets octets_first(struct octets whole, size_t len);
struct octets octets_without_last(struct octets whole, size_t count);
/* With the octet at that place combined by exclusive or. */
struct octets octets_changed(struct octets whole, size_t at, uint8_t bits);
/* With what stands at that place replaced. */
struct octets octets_patched(struct octets whole, size_t at, struct octets patch);
struct octets octets_reversed(struct octets whole);
bool octets_equal(struct octets a, struct octets b);
bool octets_printable(struct octets octets);

/* A message as named pieces: a good one is made once, each malformed one is the good one with a piece
 * changed.
 */
#define MESSAGE_PIECES 24
struct message {
  struct {
    const char *name;
    struct octets value;
  } pieces[MESSAGE_PIECES];
  size_t count;
};

void message_add(struct message *message, const char *name, struct octets value);
/* A copy with one piece exchanged, which must be there. */
struct message message_with(const struct message *message, const char *name, struct octets value);
struct message message_without(const struct message *message, const char *name);
struct octets message_piece(const struct message *message, const char *name);
struct octets message_octets(const struct message *message);

#endif
