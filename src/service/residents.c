// SPDX-License-Identifier: Apache-2.0
// The list has a lock that is held for moves of pointers, and each model one that is held while it
// loads. Seats that are given back wait at their model for the next who wants one, with their
// memory.
#include "service/residents.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/model_path.h"
#include "base/text.h"

static const char SCOPE[] = "models";

struct ct__resident {
    char *name;
    pthread_mutex_t loading; // of `path` and `model`, until they are there
    char *path;
    ct_model *model; // with its family, for who cuts out
    bool loaded;
    int users;
    uint64_t uses;
    int64_t memory_bytes;
    int64_t idle_since_ns;
    struct ct__seat *idle;
    struct ct__resident *next;
};

struct ct__residents {
    struct ct__residents_params params;
    pthread_mutex_t lock; // of the list, and all else of a resident
    struct ct__resident *first;
};

int ct__residents_create(struct ct__residents **out, const struct ct__residents_params *params)
{
    struct ct__residents *residents = ct__calloc(1, sizeof *residents);
    if (!residents)
        return ct__fail_memory(SCOPE);
    residents->params = *params;
    pthread_mutex_init(&residents->lock, NULL);
    *out = residents;
    return CT_OK;
}

static void close_seat(struct ct__seat *seat)
{
    ct_cutter_close(&seat->cutter);
    ct_runner_close(&seat->runner);
    ct__free(seat);
}

static void close_all(struct ct__resident *resident)
{
    while (resident) {
        struct ct__resident *next = resident->next;
        while (resident->idle) {
            struct ct__seat *seat = resident->idle;
            resident->idle = seat->next;
            close_seat(seat);
        }
        ct_model_close(&resident->model);
        pthread_mutex_destroy(&resident->loading);
        ct__free(resident->name);
        ct__free(resident->path);
        ct__free(resident);
        resident = next;
    }
}

void ct__residents_destroy(struct ct__residents **residents)
{
    if (!*residents)
        return;
    close_all((*residents)->first);
    pthread_mutex_destroy(&(*residents)->lock);
    ct__free(*residents);
    *residents = NULL;
}

// ---- who is there

static struct ct__resident *add(struct ct__residents *residents, const char *name)
{
    struct ct__resident *resident = ct__calloc(1, sizeof *resident);
    char *copy = ct__strdup(name);
    if (!resident || !copy) {
        ct__free(resident);
        ct__free(copy);
        return NULL;
    }
    resident->name = copy;
    pthread_mutex_init(&resident->loading, NULL);
    resident->next = residents->first;
    residents->first = resident;
    return resident;
}

static struct ct__resident *find(const struct ct__residents *residents, const char *name)
{
    struct ct__resident *resident = residents->first;
    while (resident && strcmp(resident->name, name) != 0)
        resident = resident->next;
    return resident;
}

// Counts one more user of a model, and gives it a seat if one waits. NULL without memory.
static struct ct__resident *enter(struct ct__residents *residents, const char *name,
                                  struct ct__seat **seat)
{
    pthread_mutex_lock(&residents->lock);
    struct ct__resident *resident = find(residents, name);
    resident = resident ? resident : add(residents, name);
    if (resident) {
        resident->users++;
        *seat = resident->idle;
        resident->idle = *seat ? (*seat)->next : NULL;
    }
    pthread_mutex_unlock(&residents->lock);
    return resident;
}

// Takes those out of the list that are of no use: without a model, or, with `stale`, out of time.
static struct ct__resident *take_useless(struct ct__residents *residents, bool stale)
{
    struct ct__resident **link = &residents->first, *useless = NULL;
    int64_t idle_ns = residents->params.idle_ns, now_ns = ct__now_ns();
    while (*link) {
        struct ct__resident *resident = *link;
        bool over = stale && idle_ns && now_ns - resident->idle_since_ns >= idle_ns;
        if (resident->users || (resident->loaded && !over)) {
            link = &resident->next;
            continue;
        }
        *link = resident->next;
        resident->next = useless;
        useless = resident;
    }
    return useless;
}

static void leave(struct ct__residents *residents, struct ct__resident *resident,
                  struct ct__seat *seat)
{
    pthread_mutex_lock(&residents->lock);
    if (seat) {
        seat->next = resident->idle;
        resident->idle = seat;
        resident->uses++;
        resident->memory_bytes = ct_runner_info(seat->runner).memory_bytes;
    }
    resident->idle_since_ns = ct__now_ns();
    resident->users--;
    struct ct__resident *useless = take_useless(residents, false);
    pthread_mutex_unlock(&residents->lock);
    close_all(useless);
}

// ---- loading

bool ct__model_name_is_plain(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strspn(name, allowed);
    return length > 0 && length <= CT__LONGEST_MODEL && !name[length] && name[0] != '.';
}

static const char *find_given(const struct ct__residents *residents, const char *name)
{
    for (int i = 0; i < residents->params.given_count; i++)
        if (strcmp(residents->params.given[i].name, name) == 0)
            return residents->params.given[i].path;
    return NULL;
}

static bool find_file(const struct ct__residents *residents, const char *name, char path[PATH_MAX])
{
    char why[3 * PATH_MAX];
    const struct ct__model_wish wish = {
        .name = name, .given = residents->params.folder, .only_folders = true};
    const char *given = find_given(residents, name);
    return given ? ct__copy_text(path, PATH_MAX, given)
                 : ct__model_path(&wish, path, why, sizeof why) == CT_OK;
}

// Call it with the resident's `loading` held.
static int find_path(const struct ct__residents *residents, struct ct__resident *resident)
{
    char path[PATH_MAX];
    if (resident->path)
        return CT_OK;
    if (!find_file(residents, resident->name, path))
        return ct__fail(CT_ERROR_NOT_FOUND, SCOPE, "no model is called %.64s here", resident->name);
    resident->path = ct__strdup(path);
    return resident->path ? CT_OK : ct__fail_memory(SCOPE);
}

static int open_runner(struct ct__residents *residents, struct ct__seat *seat)
{
    struct ct__resident *resident = seat->resident;
    const struct ct_runner_params params = {.backend = residents->params.backend,
                                            .threads = residents->params.threads};
    pthread_mutex_lock(&resident->loading);
    int error = find_path(residents, resident);
    error = error ? error : ct_runner_open(&seat->runner, resident->path, &params);
    pthread_mutex_unlock(&resident->loading);
    pthread_mutex_lock(&residents->lock);
    resident->loaded = resident->loaded || !error;
    if (!error)
        resident->memory_bytes = ct_runner_info(seat->runner).memory_bytes;
    pthread_mutex_unlock(&residents->lock);
    return error;
}

static int open_seat(struct ct__residents *residents, struct ct__resident *resident,
                     struct ct__seat **out)
{
    struct ct__seat *seat = ct__calloc(1, sizeof *seat);
    if (!seat)
        return ct__fail_memory(SCOPE);
    seat->resident = resident;
    int error = open_runner(residents, seat);
    if (error)
        close_seat(seat);
    else
        *out = seat;
    return error;
}

int ct__residents_take(struct ct__residents *residents, const char *name, struct ct__seat **out)
{
    struct ct__seat *seat = NULL;
    if (!ct__model_name_is_plain(name))
        return ct__fail(CT_ERROR_NOT_FOUND, SCOPE, "no model is called %.64s here", name);
    struct ct__resident *resident = enter(residents, name, &seat);
    if (!resident)
        return ct__fail_memory(SCOPE);
    int error = seat ? CT_OK : open_seat(residents, resident, &seat);
    if (error)
        leave(residents, resident, NULL);
    else
        *out = seat;
    return error;
}

int ct__residents_cutter(struct ct__residents *residents, struct ct__seat *seat, ct_cutter **out)
{
    struct ct__resident *resident = seat->resident;
    const struct ct_model_params params = {.backend = residents->params.backend,
                                           .threads = residents->params.threads};
    int error = CT_OK;
    if (!seat->cutter) {
        pthread_mutex_lock(&resident->loading);
        error = resident->model ? CT_OK : ct_model_open(&resident->model, resident->path, &params);
        pthread_mutex_unlock(&resident->loading);
        error = error ? error : ct_cutter_open(&seat->cutter, resident->model, params.threads);
    }
    if (!error)
        *out = seat->cutter;
    return error;
}

void ct__residents_give(struct ct__residents *residents, struct ct__seat *seat)
{
    leave(residents, seat->resident, seat);
}

// ---- letting go

bool ct__residents_are_stale(struct ct__residents *residents)
{
    int64_t idle_ns = residents->params.idle_ns, now_ns = ct__now_ns();
    bool stale = false;
    pthread_mutex_lock(&residents->lock);
    for (struct ct__resident *resident = residents->first; resident; resident = resident->next)
        stale =
            stale || (idle_ns && !resident->users && now_ns - resident->idle_since_ns >= idle_ns);
    pthread_mutex_unlock(&residents->lock);
    return stale;
}

void ct__residents_trim(struct ct__residents *residents)
{
    pthread_mutex_lock(&residents->lock);
    struct ct__resident *useless = take_useless(residents, true);
    pthread_mutex_unlock(&residents->lock);
    close_all(useless);
}

int ct__residents_count(struct ct__residents *residents)
{
    int count = 0;
    pthread_mutex_lock(&residents->lock);
    for (struct ct__resident *resident = residents->first; resident; resident = resident->next)
        count++;
    pthread_mutex_unlock(&residents->lock);
    return count;
}

// ---- telling of them

bool ct__residents_know(struct ct__residents *residents, const char *name)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&residents->lock);
    const struct ct__resident *resident = find(residents, name);
    bool loaded = resident && resident->loaded;
    pthread_mutex_unlock(&residents->lock);
    return loaded || (ct__model_name_is_plain(name) && find_file(residents, name, path));
}

static void describe(const struct ct__resident *resident, struct ct__resident_info *info)
{
    if (!resident)
        return;
    info->loaded = resident->loaded;
    info->users = resident->users;
    info->uses = resident->uses;
    info->memory_bytes = resident->memory_bytes;
}

bool ct__residents_look(struct ct__residents *residents, int index, struct ct__resident_info *info)
{
    int given = residents->params.given_count;
    bool found = index < given;
    *info = (struct ct__resident_info){.given = found};
    pthread_mutex_lock(&residents->lock);
    if (found) {
        memcpy(info->name, residents->params.given[index].name, sizeof info->name);
        describe(find(residents, info->name), info);
    }
    for (const struct ct__resident *each = found ? NULL : residents->first; each && !found;
         each = each->next) {
        found = !find_given(residents, each->name) && index-- == given;
        if (found) {
            ct__copy_text(info->name, sizeof info->name, each->name);
            describe(each, info);
        }
    }
    pthread_mutex_unlock(&residents->lock);
    return found;
}
