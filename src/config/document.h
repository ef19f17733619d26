// SPDX-License-Identifier: Apache-2.0
// The tree of a fleet with everything that has a say put in place: the file, the environment, what
// the caller sets, and defaults below each camera.
#ifndef CT_CONFIG_DOCUMENT_H
#define CT_CONFIG_DOCUMENT_H

#include "config/field.h"

// Reads a file's text. ${NAME} and ${NAME:-else} in values become what the environment says; then
// CHITON_CAMERAS_DOOR_DETECT_FPS stands for cameras.door.detect.fps, for keys that `fields` have
// and names that the file has; then `sets` ("key.key=value", ends with NULL or is NULL) replace
// what they name; then what `defaults` says is put into each of `cameras` where it says nothing.
// What is wrong is told; false: no memory. *root is a mapping, of what could be read.
bool ct__document_read(struct ct__yaml_node **root, const struct ct__field *fields,
                       const char *const *sets, struct ct__arena *arena,
                       struct ct__problems *problems);

#endif
