// SPDX-License-Identifier: Apache-2.0
// Several files as one source, read one after the other. Each is opened when its turn comes; a
// folder or glob gives way to its files then. One that fails is told and passed over.
#ifndef CT_SOURCES_PLAYLIST_H
#define CT_SOURCES_PLAYLIST_H

#include "sources/sniff.h"
#include "sources/source.h"

struct ct__playlist;

int ct__playlist_create(struct ct__playlist **out, const char *name,
                        const struct ct__source_params *params);

// Inserts a file in front of what was not read yet, but after what was inserted since the last
// read. The path is copied.
int ct__playlist_insert(struct ct__playlist *playlist, const char *path, enum ct__file_kind kind);

// From now on, waits for further files in a folder at the end of the list; see watch.h.
int ct__playlist_watch(struct ct__playlist *playlist, const char *folder);
bool ct__playlist_is_watched(const struct ct__playlist *playlist);

// Whether folders in a folder belong to it.
bool ct__playlist_is_recursive(const struct ct__playlist *playlist);

// Whether its files are pixels without headers.
bool ct__playlist_is_raw(const struct ct__playlist *playlist);

// The same object as a source; closing that destroys the playlist.
struct ct__source *ct__playlist_source(struct ct__playlist *playlist);

// Whether an input stands for several files: a folder, a glob, a numbered sequence ("%04d").
bool ct__folder_matches(const char *input);

// Inserts the files of such an input in natural order: CT_ERROR_NOT_FOUND, CT_ERROR_FORMAT.
int ct__folder_insert(struct ct__playlist *playlist, const char *input);

#endif
