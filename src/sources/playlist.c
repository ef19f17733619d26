// SPDX-License-Identifier: Apache-2.0
// Several files as one source. The list is chained, so that a folder's files take their folder's
// place; paths stay until the end, since frames are called by them.
#include "sources/playlist.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "sources/watch.h"

struct entry {
    struct entry *next;
    bool counted; // among `pictures` of the playlist: it will give one frame
    char path[];
};

struct ct__playlist {
    struct ct__source head;
    struct ct__source_params params; // for the files
    atomic_bool stopped;
    struct entry *first, **insert_at;
    struct entry *at; // being read or next to be
    struct ct__source *current;
    struct ct__watch *watch; // or NULL
    bool named;              // frames carry their file's path
    double pictures;         // files ahead that give one frame each
    double unknown;          // files ahead of which nothing is known
    double given, here;      // frames of finished files, frames of the current one
    char name[];
};

static const struct ct__source_class playlist_class;

static bool stopped(const struct ct__playlist *playlist)
{
    const atomic_bool *outer = playlist->params.stop;
    return atomic_load(&playlist->stopped) || atomic_load(outer);
}

int ct__playlist_create(struct ct__playlist **out, const char *name,
                        const struct ct__source_params *params)
{
    size_t size = strlen(name) + 1;
    struct ct__playlist *playlist = ct__calloc(1, sizeof(*playlist) + size);
    if (!playlist)
        return ct__fail_memory(name);
    memcpy(playlist->name, name, size);
    playlist->head = (struct ct__source){.class = &playlist_class, .name = playlist->name};
    playlist->params = *params;
    if (!params->stop)
        playlist->params.stop = &playlist->stopped;
    playlist->insert_at = &playlist->first;
    *out = playlist;
    return CT_OK;
}

int ct__playlist_insert(struct ct__playlist *playlist, const char *path, enum ct__file_kind kind)
{
    size_t size = strlen(path) + 1;
    struct entry *entry = ct__calloc(1, sizeof(*entry) + size);
    if (!entry)
        return ct__fail_memory(path);
    memcpy(entry->path, path, size);
    entry->counted = kind == CT__FILE_PICTURE;
    bool here = kind != CT__FILE_PIPE && kind != CT__FILE_NONE;
    playlist->head.waits = playlist->head.waits || !(here || ct__folder_matches(path));
    *(entry->counted ? &playlist->pictures : &playlist->unknown) += 1;
    // Several files, or one that stands for a folder: then a frame has to say where it is from.
    playlist->named = playlist->named || playlist->first || strcmp(path, playlist->name) != 0;
    entry->next = *playlist->insert_at;
    *playlist->insert_at = entry;
    playlist->insert_at = &entry->next;
    return CT_OK;
}

int ct__playlist_watch(struct ct__playlist *playlist, const char *folder)
{
    int error = ct__watch_open(&playlist->watch, folder);
    playlist->head.waits |= !error;
    return error;
}

bool ct__playlist_is_watched(const struct ct__playlist *playlist)
{
    return playlist->watch != NULL;
}

bool ct__playlist_is_recursive(const struct ct__playlist *playlist)
{
    return playlist->params.recursive;
}

bool ct__playlist_is_raw(const struct ct__playlist *playlist)
{
    return playlist->params.raw.format != CT_FORMAT_NONE;
}

struct ct__source *ct__playlist_source(struct ct__playlist *playlist)
{
    return &playlist->head;
}

// The next file, or NULL: the one behind the one that was read last.
static struct entry *next_entry(const struct ct__playlist *playlist)
{
    return playlist->at ? playlist->at->next : playlist->first;
}

// Steps to the next file and opens it. A folder leaves nothing open: its files come next.
static int open_next(struct ct__playlist *playlist, struct entry *entry)
{
    playlist->at = entry;
    playlist->insert_at = &entry->next;
    *(entry->counted ? &playlist->pictures : &playlist->unknown) -= 1;
    if (ct__folder_matches(entry->path))
        return ct__folder_insert(playlist, entry->path);
    const struct ct__source_params *params = &playlist->params;
    if (params->wants && !params->wants(params->opaque, entry->path))
        return CT_OK;
    return ct__source_open(&playlist->current, entry->path, &playlist->params);
}

static void finish_current(struct ct__playlist *playlist)
{
    ct__source_close(&playlist->current);
    playlist->given += playlist->here;
    playlist->here = 0;
}

static int read_current(struct ct__playlist *playlist, struct ct__pool *pool, ct_frame **frame)
{
    const char *inner;
    int error = playlist->current->class->read(playlist->current, pool, frame, &inner);
    if (error)
        return error;
    playlist->here++;
    (*frame)->name = playlist->named ? playlist->at->path : NULL;
    return CT_OK;
}

// A file that came while its folder is watched.
static int take_found(void *opaque, const char *path)
{
    enum ct__file_kind kind = ct__file_kind(path);
    bool known = kind == CT__FILE_PICTURE || kind == CT__FILE_CLIP;
    return known ? ct__playlist_insert(opaque, path, kind) : CT_OK;
}

static int wait_for_more(struct ct__playlist *playlist)
{
    return ct__watch_wait(playlist->watch, &playlist->stopped, playlist->params.stop, take_found,
                          playlist);
}

static int read_playlist(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                         const char **failed)
{
    struct ct__playlist *playlist = (struct ct__playlist *)source;
    int error = CT_ERROR_END;
    *failed = NULL;
    while (error == CT_ERROR_END) {
        if (stopped(playlist))
            return CT_ERROR_STOPPED;
        struct entry *next = next_entry(playlist);
        if (playlist->current) {
            error = read_current(playlist, pool, frame);
            if (error == CT_ERROR_END)
                finish_current(playlist);
        } else if (next) {
            error = open_next(playlist, next);
            error = error ? error : CT_ERROR_END; // nothing read yet
        } else if (playlist->watch) {
            error = wait_for_more(playlist);
            error = error ? error : CT_ERROR_END;
        } else {
            return CT_ERROR_END;
        }
    }
    if (error && error != CT_ERROR_STOPPED && playlist->named)
        *failed = playlist->at->path;
    return error;
}

static double expected(const struct ct__source *source)
{
    const struct ct__playlist *playlist = (const struct ct__playlist *)source;
    double here = 0;
    if (playlist->unknown > 0)
        return 0;
    if (playlist->current) {
        here = playlist->current->class->expected(playlist->current);
        if (here <= 0)
            return 0;
        if (here < playlist->here)
            here = playlist->here;
    }
    return playlist->given + here + playlist->pictures;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    const struct ct__source *current = ((const struct ct__playlist *)source)->current;
    *numerator = 0;
    *denominator = 1;
    if (current)
        current->class->rate(current, numerator, denominator);
}

// The files see the flag: what is open changes hands on the reading thread alone.
static void interrupt(struct ct__source *source)
{
    atomic_store(&((struct ct__playlist *)source)->stopped, true);
}

static void close_playlist(struct ct__source *source)
{
    struct ct__playlist *playlist = (struct ct__playlist *)source;
    ct__source_close(&playlist->current);
    ct__watch_close(&playlist->watch);
    while (playlist->first) {
        struct entry *entry = playlist->first;
        playlist->first = entry->next;
        ct__free(entry);
    }
    ct__free(playlist);
}

// Opened by folder and list, never by name, and so in no registry.
static const struct ct__source_class playlist_class = {
    .name = "playlist",
    .help = "several files, one after the other",
    .read = read_playlist,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_playlist,
};
