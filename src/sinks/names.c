// SPDX-License-Identifier: Apache-2.0
// Names of output files. What was given is remembered as hashes in an open table: eight bytes a
// file, and should two names ever share a hash, the second merely gets a number that it did not
// need.
#include "sinks/names.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_STEM = 160, FIRST_CAPACITY = 64 };

const char *ct__names_source(const struct ct__sink_item *item)
{
    if (item->frame && item->frame->name)
        return item->frame->name;
    return item->result->source ? item->result->source : "";
}

const char *ct__names_path(const struct ct__sink_item *item)
{
    return item->path ? item->path : ct__names_source(item);
}

// FNV-1a, 64 bits; never 0.
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash ? hash : 1;
}

static uint64_t *slot_of(const struct ct__names *names, uint64_t hash)
{
    size_t mask = names->capacity - 1, i = (size_t)hash & mask;
    while (names->slots[i] && names->slots[i] != hash)
        i = (i + 1) & mask;
    return &names->slots[i];
}

// Room for one more, with half of the table free.
static bool grow(struct ct__names *names)
{
    if (2 * (names->count + 1) <= names->capacity)
        return true;
    struct ct__names larger = {
        .count = names->count,
        .capacity = names->capacity ? 2 * names->capacity : FIRST_CAPACITY,
    };
    larger.slots = ct__calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i])
            *slot_of(&larger, names->slots[i]) = names->slots[i];
    ct__names_finish(names);
    *names = larger;
    return true;
}

// The last part of a path or URL without its ending, made of what every file system can name.
static void stem_of(const char *source, char stem[LONGEST_STEM])
{
    size_t length = strstr(source, "://") ? strcspn(source, "?#") : strlen(source);
    while (length > 0 && source[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && source[start - 1] != '/')
        start--;
    size_t end = length;
    while (end > start && source[end - 1] != '.')
        end--;
    length = end > start + 1 ? end - 1 - start : length - start;
    length = length < LONGEST_STEM ? length : LONGEST_STEM - 1;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)source[start + i];
        stem[i] = c < ' ' || c == 127 || c == '\\' ? '_' : (char)c;
    }
    stem[length] = 0;
    if (strspn(stem, ".-") == length)
        memcpy(stem, "input", sizeof "input");
}

int ct__names_take(struct ct__names *names, const char *folder, const char *source,
                   const char *ending, struct ct__text *path)
{
    char stem[LONGEST_STEM];
    if (!grow(names))
        return ct__fail_memory(folder);
    stem_of(source, stem);
    for (unsigned number = 1;; number++) {
        ct__text_clear(path);
        ct__text_printf(path, "%s/%s", folder, stem);
        if (number > 1)
            ct__text_printf(path, "-%u", number);
        ct__text_puts(path, ending);
        if (path->failed) {
            ct__text_finish(path);
            return ct__fail_memory(folder);
        }
        uint64_t hash = hash_of(path->data), *slot = slot_of(names, hash);
        if (*slot)
            continue;
        *slot = hash;
        names->count++;
        return CT_OK;
    }
}

void ct__names_finish(struct ct__names *names)
{
    ct__free(names->slots);
    *names = (struct ct__names){0};
}

bool ct__names_is_folder(const char *output)
{
    struct stat status;
    return ct__ends_with(output, "/") || (stat(output, &status) == 0 && S_ISDIR(status.st_mode));
}

int ct__names_folder(char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        folder[--length] = 0;
    int error = ct__folder_make(folder);
    if (!error && access(folder, W_OK | X_OK))
        error = ct__fail(CT_ERROR_IO, folder, "cannot write into this folder: no permission");
    return error;
}

int ct__names_guard(const char *path, const struct ct__sink_item *item)
{
    struct stat target, source;
    if (stat(path, &target) || stat(ct__names_path(item), &source))
        return CT_OK;
    if (target.st_dev != source.st_dev || target.st_ino != source.st_ino)
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, path,
                    "is the input itself and would be overwritten: give another output");
}
