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

# build FOLDER [MESON OPTION...]: configures once, then compiles what changed; what that says is shown if it fails.
build() {
    folder=$1
    shift
    {
        { [ -f "$root/$folder/build.ninja" ] || meson setup "$@" "$root/$folder" "$root"; } && ninja -C "$root/$folder"
    } >"$deps/$folder.log" 2>&1 || {
        grep -v '^\[' "$deps/$folder.log" | tail -n 60
        return 1
    }
}
