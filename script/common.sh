# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: where things are, how they speak, how the tree is built.

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
deps=$root/.deps

say() {
    printf '\n== %s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# build FOLDER [MESON OPTION...]: configures once, then compiles what changed.
build() {
    folder=$root/$1
    shift
    [ -f "$folder/build.ninja" ] || meson setup "$@" "$folder" "$root" || return
    ninja -C "$folder"
}
