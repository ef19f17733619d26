// SPDX-License-Identifier: Apache-2.0
// What a file is by its first bytes. Only regular files are opened: looking into a pipe would take
// from it.
#ifndef CT_SOURCES_SNIFF_H
#define CT_SOURCES_SNIFF_H

#include <stdbool.h>

enum ct__file_kind {
    CT__FILE_OTHER = 0, // nothing that is known
    CT__FILE_NONE,      // no such file
    CT__FILE_FOLDER,
    CT__FILE_PIPE, // a FIFO, socket or terminal
    CT__FILE_PICTURE,
    CT__FILE_CLIP,
    CT__FILE_MADE, // no file: "synthetic:..." is made here
};

// Whether a name promises a picture or clip by its ending.
bool ct__file_promises_media(const char *path);

// The kind of what `path` names; symbolic links are followed. Does not log.
enum ct__file_kind ct__file_kind(const char *path);

#endif
