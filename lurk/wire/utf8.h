/* UTF-8 (RFC 3629). */
#ifndef LURK_WIRE_UTF8_H
#define LURK_WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the len octets are well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF, no
 * character cut off. U+0000 and the empty string are well-formed. */
bool lurk_utf8_is_valid(const uint8_t *data, size_t len);

#endif
