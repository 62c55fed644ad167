#!/bin/bash -eu
exec "$SRC/lurkspec/fuzz/build.sh"
