/* cmocka and the headers that it expects before it. */
#ifndef LURK_WIRE_TEST_CMOCKA_ALL_H
#define LURK_WIRE_TEST_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
