/* Sets of a client's origins: bit i stands for the origin with index i. */
#ifndef LURK_NET_ORIGINS_H
#define LURK_NET_ORIGINS_H

#include <stdint.h>

#define LURK_MOST_ORIGINS 64
#define LURK_EVERY_ORIGIN UINT64_MAX

#endif
