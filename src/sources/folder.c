// SPDX-License-Identifier: Apache-2.0
// A folder, a glob ("frames/*.png") or a numbered sequence ("frame_%04d.png"): the files that it
// stands for, in the order in which people count, known by content.
#include "sources/playlist.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

// Paths that are collected before they are sorted.
struct paths {
    char **items;
    size_t count, capacity;
};

static int compare(const void *a, const void *b)
{
    return ct__natural_compare(*(char *const *)a, *(char *const *)b);
}

static void paths_finish(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        ct__free(paths->items[i]);
    ct__free(paths->items);
}

static int paths_add(struct paths *paths, const char *folder, const char *name)
{
    if (paths->count == paths->capacity) {
        size_t capacity = paths->capacity ? 2 * paths->capacity : 64;
        char **items = ct__realloc_array(paths->items, capacity, sizeof(*items));
        if (!items)
            return ct__fail_memory(name);
        paths->items = items;
        paths->capacity = capacity;
    }
    size_t length = strlen(folder), size = length + strlen(name) + 2;
    char *path = ct__alloc(size);
    if (!path)
        return ct__fail_memory(name);
    bool slash = length > 0 && folder[length - 1] != '/';
    snprintf(path, size, "%s%s%s", folder, slash ? "/" : "", name);
    paths->items[paths->count++] = path;
    return CT_OK;
}

// A number in a name as a glob: "%04d" is four digits, "%d" any number.
static char *pattern_of(const char *input)
{
    static const char digit[] = "[0-9]";
    size_t size = strlen(input) * sizeof(digit) * 9 + 1;
    char *pattern = ct__alloc(size), *to = pattern;
    while (to && *input) {
        int width = 0, length = 0;
        if (sscanf(input, "%%0%1dd%n", &width, &length) == 1 && length > 0) {
            for (int i = 0; i < width; i++)
                to = stpcpy(to, digit);
        } else if (strncmp(input, "%d", 2) == 0) {
            to = stpcpy(to, "[0-9]*");
            length = 2;
        } else {
            *to++ = *input;
            length = 1;
        }
        input += length;
    }
    if (to)
        *to = '\0';
    return pattern;
}

static bool is_pattern(const char *input)
{
    const char *percent = strchr(input, '%');
    return strpbrk(input, "*?[") ||
           (percent &&
            (percent[1] == 'd' || (percent[1] == '0' && percent[2] && percent[3] == 'd')));
}

// Whether an entry is a folder to look into: links to folders are not, for they may lead back.
static bool is_inner_folder(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int collect_folder(struct paths *paths, const char *folder)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return ct__fail(CT_ERROR_IO, folder, "cannot be read: %s", strerror(errno));
    struct dirent *entry;
    int error = CT_OK;
    while (!error && (entry = readdir(directory))) {
        if (entry->d_name[0] != '.') // hidden, or a file that is being written
            error = paths_add(paths, folder, entry->d_name);
    }
    closedir(directory);
    return error;
}

// Replaces each folder among the paths by what is in it, until none is left.
static int collect_inner(struct paths *paths)
{
    int error = CT_OK;
    for (size_t i = 0; !error && i < paths->count;) {
        char *path = paths->items[i];
        if (!is_inner_folder(path)) {
            i++;
            continue;
        }
        paths->items[i] = paths->items[--paths->count];
        error = collect_folder(paths, path);
        ct__free(path);
    }
    return error;
}

static int collect_glob(struct paths *paths, const char *input)
{
    glob_t found = {0};
    char *pattern = pattern_of(input);
    if (!pattern)
        return ct__fail_memory(input);
    int failed = glob(pattern, GLOB_NOSORT, NULL, &found);
    int error = CT_OK;
    if (failed)
        error = failed == GLOB_NOSPACE ? ct__fail_memory(input)
                                       : ct__fail(CT_ERROR_NOT_FOUND, input, "no file matches");
    for (size_t i = 0; !error && i < found.gl_pathc; i++)
        error = paths_add(paths, "", found.gl_pathv[i]);
    globfree(&found);
    ct__free(pattern);
    return error;
}

bool ct__folder_matches(const char *input)
{
    enum ct__file_kind kind = ct__file_kind(input);
    return kind == CT__FILE_FOLDER || (kind == CT__FILE_NONE && !strstr(input, "://") &&
                                       strncmp(input, "lavfi:", 6) != 0 && is_pattern(input));
}

// Those that are pictures or clips, or should have been: a broken one is told, not passed over.
// Returns how many.
static int insert_media(struct ct__playlist *playlist, const struct paths *paths)
{
    int count = 0;
    for (size_t i = 0; i < paths->count; i++) {
        enum ct__file_kind kind = ct__file_kind(paths->items[i]);
        bool known = kind == CT__FILE_PICTURE || kind == CT__FILE_CLIP;
        if (ct__playlist_is_raw(playlist))
            known = known || kind == CT__FILE_OTHER; // pixels without a header look like nothing
        if (!known && (kind != CT__FILE_OTHER || !ct__file_promises_media(paths->items[i])))
            continue;
        int error = ct__playlist_insert(playlist, paths->items[i], kind);
        if (error)
            return error;
        count++;
    }
    return count;
}

int ct__folder_insert(struct ct__playlist *playlist, const char *input)
{
    struct paths paths = {0};
    bool folder = ct__file_kind(input) == CT__FILE_FOLDER;
    int result = folder ? collect_folder(&paths, input) : collect_glob(&paths, input);
    if (!result && ct__playlist_is_recursive(playlist))
        result = collect_inner(&paths);
    if (!result) {
        if (paths.count > 1)
            qsort(paths.items, paths.count, sizeof(*paths.items), compare);
        result = insert_media(playlist, &paths);
        if (result == 0 && !ct__playlist_is_watched(playlist))
            result = ct__fail(CT_ERROR_FORMAT, input,
                              folder ? "no pictures or clips in this folder"
                                     : "no pictures or clips among the files that match");
    }
    paths_finish(&paths);
    return result < 0 ? result : CT_OK;
}

static int match(const char *input)
{
    return ct__folder_matches(input) ? 80 : 0;
}

static int open_folder(struct ct__source **out, const char *input,
                       const struct ct__source_params *params)
{
    struct ct__playlist *playlist = NULL;
    int error = ct__playlist_create(&playlist, input, params);
    if (error)
        return error;
    struct ct__source *source = ct__playlist_source(playlist);
    error = ct__folder_insert(playlist, input);
    if (error)
        ct__source_close(&source);
    else
        *out = source;
    return error;
}

// Opens as a playlist, which does the rest.
const struct ct__source_class ct__source_folder = {
    .name = "folder",
    .help = "a folder, glob or numbered sequence of pictures and clips",
    .match = match,
    .open = open_folder,
};
