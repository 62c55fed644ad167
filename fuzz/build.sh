#!/usr/bin/env bash
# Builds every fuzz target for an engine, as OSS-Fuzz and ClusterFuzzLite want it. Obeys CC, CXX, CFLAGS, CXXFLAGS,
# LIB_FUZZING_ENGINE, SRC (the folder in which this checkout is; else the one of this script), WORK and OUT. Into OUT: TARGET,
# TARGET_seed_corpus.zip, TARGET.dict, TARGET.options, and lib/ with the shared libraries that a bare machine lacks.
set -euo pipefail

source=${SRC:+$SRC/lurkspec}
[ -n "$source" ] && [ -d "$source/fuzz" ] || source=$(cd "$(dirname "$0")/.." && pwd)
: "${OUT:?fuzz/build.sh: set OUT to the folder for what is built}" "${WORK:?fuzz/build.sh: set WORK to a folder for building}"
mkdir -p "$OUT/lib" "$WORK"

# AddressSanitizer and coverage come in the flags. There is no C++ here, but engines are, so that its compiler links: with the
# flags for C where it has none of its own. LURK_TARGETS, blank-separated, builds only these.
flags=${CFLAGS:--fsanitize=address,fuzzer-no-link -g -O1}
cmake -S "$source" -B "$WORK" -G Ninja -Wno-dev \
  -DCMAKE_C_COMPILER="${CC:-clang}" -DCMAKE_CXX_COMPILER="${CXX:-clang++}" \
  -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="${CXXFLAGS:-$flags}" \
  -DCMAKE_EXE_LINKER_FLAGS="-Wl,-rpath,'\$ORIGIN/lib' -Wl,--disable-new-dtags" \
  -DLURK_FUZZ=ON -DLURK_FUZZ_ENGINE="${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}" -DLURK_WERROR=OFF
targets=${LURK_TARGETS:-$(cut -d' ' -f1 "$WORK/fuzz/targets.txt")}
# shellcheck disable=SC2086 # names of targets have no blanks
ninja -C "$WORK" $(printf 'fuzz_%s ' $targets)

for target in $targets; do
  install -m 755 "$WORK/fuzz/fuzz_$target" "$OUT/$target"
  install -m 644 "$source/fuzz/$target.dict" "$OUT/$target.dict"
  install -m 644 "$source/fuzz/libfuzzer.options" "$OUT/$target.options"
  rm -f "$OUT/${target}_seed_corpus.zip"
  for kind in corpus found regressions; do
    [ ! -d "$source/fuzz/$kind/$target" ] || (cd "$source/fuzz/$kind/$target" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
  done
  # Those of the C library are everywhere.
  ldd "$OUT/$target" | awk '$3 ~ /^\// {print $3}' | grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv)\.so' |
    while read -r library; do
      [ "${library#"$OUT"/}" != "$library" ] || install -m 644 "$library" "$OUT/lib/"
    done
done
