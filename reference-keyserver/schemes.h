/* Every TLS SignatureScheme that some key here can make. */
#ifndef KEYSERVER_SCHEMES_H
#define KEYSERVER_SCHEMES_H

#include <stdint.h>

#define LURK_SCHEME_COUNT 10
extern const uint16_t lurk_schemes[LURK_SCHEME_COUNT];

#endif
