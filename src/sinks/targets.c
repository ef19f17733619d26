// SPDX-License-Identifier: Apache-2.0
// One open table of hashes remembers the names that were given and the number of each input's.
// Should two names ever share a hash, the second gets a number that it did not need.
#include "sinks/targets.h"

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

enum { FIRST_CAPACITY = 64, LONGEST_STEM = 200 };

struct slot {
    uint64_t hash; // 0: free
    uint32_t number;
};

struct ct__targets {
    char *folder;
    char **roots; // inputs, ended by NULL
    pthread_mutex_t lock;
    // Guarded by it.
    struct slot *slots;
    size_t count, capacity;
};

// FNV-1a, 64 bits, of a kind and a text; never 0.
static uint64_t hash_of(char kind, const char *text)
{
    uint64_t hash = 0xcbf29ce484222325 ^ (unsigned char)kind;
    for (hash *= 0x100000001b3; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
    return hash ? hash : 1;
}

static struct slot *slot_of(const struct ct__targets *targets, uint64_t hash)
{
    size_t mask = targets->capacity - 1, i = (size_t)hash & mask;
    while (targets->slots[i].hash && targets->slots[i].hash != hash)
        i = (i + 1) & mask;
    return &targets->slots[i];
}

// Room for two more, with half of the table free.
static int grow(struct ct__targets *targets)
{
    if (2 * (targets->count + 2) <= targets->capacity)
        return CT_OK;
    struct ct__targets old = *targets;
    size_t capacity = old.capacity ? 2 * old.capacity : FIRST_CAPACITY;
    struct slot *slots = ct__calloc(capacity, sizeof *slots);
    if (!slots)
        return ct__fail_memory(targets->folder);
    targets->slots = slots;
    targets->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].hash)
            *slot_of(targets, old.slots[i].hash) = old.slots[i];
    ct__free(old.slots);
    return CT_OK;
}

// Enters a hash; false if it was there.
static bool enter(struct ct__targets *targets, uint64_t hash, uint32_t number)
{
    struct slot *slot = slot_of(targets, hash);
    bool fresh = !slot->hash;
    if (fresh)
        *slot = (struct slot){hash, number};
    targets->count += fresh;
    return fresh;
}

static int copy_roots(struct ct__targets *targets, const char *const *inputs)
{
    size_t count = 0;
    while (inputs && inputs[count])
        count++;
    targets->roots = ct__calloc(count + 1, sizeof *targets->roots);
    for (size_t i = 0; targets->roots && i < count; i++)
        if (!(targets->roots[i] = ct__strdup(inputs[i])))
            return ct__fail_memory(targets->folder);
    return targets->roots ? CT_OK : ct__fail_memory(targets->folder);
}

int ct__targets_create(struct ct__targets **out, const char *folder, const char *const *inputs)
{
    struct ct__targets *targets = ct__calloc(1, sizeof *targets);
    if (!targets)
        return ct__fail_memory(folder);
    pthread_mutex_init(&targets->lock, NULL);
    targets->folder = ct__strdup(folder);
    int error = targets->folder ? copy_roots(targets, inputs) : ct__fail_memory(folder);
    if (error)
        ct__targets_destroy(&targets);
    else
        *out = targets;
    return error;
}

// The path without the input that it was found under; of others the last part alone.
static const char *relative(const struct ct__targets *targets, const char *path)
{
    size_t longest = 0;
    for (char **root = targets->roots; *root; root++) {
        size_t length = strlen(*root);
        while (length > 0 && (*root)[length - 1] == '/')
            length--;
        if (length >= longest && strncmp(path, *root, length) == 0 && path[length] == '/')
            longest = length + 1;
    }
    const char *last = strrchr(path, '/');
    const char *rest = longest ? path + longest : last ? last + 1 : path;
    while (*rest == '/')
        rest++;
    return rest;
}

// Whether a path may be joined to a folder: it does not lead out of it.
static bool stays_inside(const char *path)
{
    return strncmp(path, "../", 3) != 0 && !strstr(path, "/../");
}

static int write_name(const struct ct__targets *targets, const char *path, uint32_t number,
                      struct ct__text *name)
{
    const char *rest = relative(targets, path);
    if (!stays_inside(rest))
        rest = strrchr(rest, '/') + 1;
    const char *slash = strrchr(rest, '/'), *file = slash ? slash + 1 : rest;
    const char *dot = strrchr(file, '.');
    size_t stem = dot && dot > file ? (size_t)(dot - file) : strlen(file);
    if (!stem || strcmp(file, "-") == 0) {
        file = "input";
        stem = strlen(file);
    }
    ct__text_clear(name);
    ct__text_printf(name, "%s/%.*s", targets->folder, slash ? (int)(slash + 1 - rest) : 0, rest);
    ct__text_append(name, file, stem < LONGEST_STEM ? stem : LONGEST_STEM);
    if (number > 1)
        ct__text_printf(name, "-%u", number);
    return name->failed ? ct__fail_memory(targets->folder) : CT_OK;
}

int ct__targets_give(struct ct__targets *targets, const char *path, struct ct__text *name)
{
    pthread_mutex_lock(&targets->lock);
    int error = grow(targets);
    uint64_t own = hash_of('p', path);
    uint32_t number = error ? 0 : slot_of(targets, own)->number;
    bool given = number > 0;
    number = given ? number : 1;
    error = error ? error : write_name(targets, path, number, name);
    while (!error && !given && !enter(targets, hash_of('n', name->data), 0))
        error = write_name(targets, path, ++number, name);
    if (!error)
        enter(targets, own, number);
    pthread_mutex_unlock(&targets->lock);
    return error;
}

int ct__targets_find(struct ct__targets *targets, const char *path, struct ct__text *name)
{
    pthread_mutex_lock(&targets->lock);
    uint32_t number = targets->count ? slot_of(targets, hash_of('p', path))->number : 1;
    pthread_mutex_unlock(&targets->lock);
    return write_name(targets, path, number, name);
}

void ct__targets_destroy(struct ct__targets **pointer)
{
    struct ct__targets *targets = *pointer;
    *pointer = NULL;
    if (!targets)
        return;
    for (size_t i = 0; targets->roots && targets->roots[i]; i++)
        ct__free(targets->roots[i]);
    pthread_mutex_destroy(&targets->lock);
    ct__free(targets->roots);
    ct__free(targets->slots);
    ct__free(targets->folder);
    ct__free(targets);
}
