// SPDX-License-Identifier: Apache-2.0
// A fleet: the plan in force and the engine that it was applied to. A reload reads a second plan,
// tries what may fail, and only then ends and begins streams.
#include <chiton/fleet.h>

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/plan.h"
#include "config/schema.h"

struct ct_fleet {
    char *path;
    struct ct_fleet_params params; // its strings are in the arena
    struct ct__arena arena;
    struct ct__plan *plan;
    ct_engine *engine; // NULL before ct_fleet_apply()
};

// ---- opening

static const char *keep(ct_fleet *fleet, const char *text, bool *failed)
{
    char *own = text ? ct__arena_text(&fleet->arena, text, strlen(text)) : NULL;
    *failed |= text && !own;
    return own;
}

static bool copy_params(ct_fleet *fleet, const char *path, const struct ct_fleet_params *params)
{
    bool failed = false;
    int count = 0;
    while (params->sets && params->sets[count])
        count++;
    const char **sets = ct__arena_alloc(&fleet->arena, ((size_t)count + 1) * sizeof *sets);
    for (int i = 0; sets && i < count; i++)
        sets[i] = keep(fleet, params->sets[i], &failed);
    fleet->params = (struct ct_fleet_params){
        .sets = sets,
        .state_dir = keep(fleet, params->state_dir, &failed),
        .model_dir = keep(fleet, params->model_dir, &failed),
        .backend = keep(fleet, params->backend, &failed),
        .on_problem = params->on_problem,
        .opaque = params->opaque,
    };
    fleet->path = ct__strdup(path);
    return sets && fleet->path && !failed;
}

int ct_fleet_open(ct_fleet **out, const char *path, const struct ct_fleet_params *params)
{
    static const struct ct_fleet_params defaults;
    if (!path || !*path)
        return ct__fail(CT_ERROR_INVALID, "fleet", "no file given");
    ct_fleet *fleet = ct__calloc(1, sizeof *fleet);
    if (!fleet)
        return ct__fail_memory(path);
    int error =
        copy_params(fleet, path, params ? params : &defaults) ? CT_OK : ct__fail_memory(path);
    if (!error)
        error = ct__plan_read(&fleet->plan, path, &fleet->params);
    if (error)
        ct_fleet_close(&fleet);
    else
        *out = fleet;
    return error;
}

void ct_fleet_close(ct_fleet **pointer)
{
    ct_fleet *fleet = pointer ? *pointer : NULL;
    if (!fleet)
        return;
    *pointer = NULL;
    ct__plan_destroy(&fleet->plan);
    ct__arena_finish(&fleet->arena);
    ct__free(fleet->path);
    ct__free(fleet);
}

// ---- applying

// The camera of a plan that is the same in everything, or NULL.
static struct ct__planned *find_same(const struct ct__plan *plan, const struct ct__planned *camera)
{
    for (int i = 0; plan && i < plan->count; i++)
        if (strcmp(plan->cameras[i].name, camera->name) == 0)
            return strcmp(plan->cameras[i].print, camera->print) == 0 ? &plan->cameras[i] : NULL;
    return NULL;
}

static bool is_news(const struct ct__plan *before, const struct ct__planned *camera)
{
    return !find_same(before, camera);
}

// Models that were opened to see whether they can be; while they are held, streams get them
// at once.
struct trial {
    ct_model **models;
    int count;
};

static int try_model(struct trial *trial, const char *path, const struct ct_model_params *params)
{
    if (!path)
        return CT_OK;
    ct_model **models =
        ct__realloc_array(trial->models, (size_t)trial->count + 1, sizeof *trial->models);
    if (!models)
        return ct__fail_memory(path);
    trial->models = models;
    models[trial->count] = NULL;
    int error = ct_model_open(&models[trial->count], path, params);
    trial->count += !error;
    return error;
}

static int try_models(struct trial *trial, const struct ct__plan *plan,
                      const struct ct__plan *before)
{
    int error = CT_OK;
    for (int i = 0; i < plan->count && !error; i++) {
        const struct ct_stream_params *params = &plan->cameras[i].params;
        if (!is_news(before, &plan->cameras[i]))
            continue;
        error = try_model(trial, params->model, &params->model_params);
        for (int k = 0; k < params->step_count && !error; k++)
            error = try_model(trial, params->steps[k].model, &params->steps[k].model_params);
    }
    return error;
}

static void end_trial(struct trial *trial)
{
    for (int i = 0; i < trial->count; i++)
        ct_model_close(&trial->models[i]);
    ct__free(trial->models);
}

// Ends the cameras of one plan that are not in another; returns how many.
static int remove_cameras(ct_engine *engine, struct ct__plan *plan, const struct ct__plan *other)
{
    int removed = 0;
    for (int i = 0; plan && i < plan->count; i++) {
        struct ct__planned *camera = &plan->cameras[i];
        if (camera->stream < 0 || !is_news(other, camera))
            continue;
        ct_engine_remove_stream(engine, camera->stream);
        camera->stream = -1;
        removed++;
    }
    return removed;
}

// Begins those that have no stream; returns how many, or the first error.
static int add_cameras(ct_engine *engine, struct ct__plan *plan)
{
    int added = 0;
    for (int i = 0; i < plan->count; i++) {
        struct ct__planned *camera = &plan->cameras[i];
        if (camera->stream >= 0)
            continue;
        int stream = ct_engine_add_stream(engine, camera->input, &camera->params);
        if (stream < 0)
            return stream;
        camera->stream = stream;
        added++;
    }
    return added;
}

// Cameras that are the same in both plans go on with their streams.
static void carry_on(struct ct__plan *plan, const struct ct__plan *before)
{
    for (int i = 0; i < plan->count; i++) {
        const struct ct__planned *same = find_same(before, &plan->cameras[i]);
        if (same)
            plan->cameras[i].stream = same->stream;
    }
}

// From one plan (NULL: none) to the next, or back to where it was. Returns how many changed.
static int change(ct_engine *engine, struct ct__plan *plan, struct ct__plan *before)
{
    struct trial trial = {0};
    int error = try_models(&trial, plan, before);
    if (!error) {
        carry_on(plan, before);
        int removed = remove_cameras(engine, before, plan);
        int added = add_cameras(engine, plan);
        error = added < 0 ? added : removed > added ? removed : added;
    }
    if (error < 0)
        remove_cameras(engine, plan, before);
    if (error < 0 && before && add_cameras(engine, before) < 0)
        ct__log(CT_LOG_ERROR, "fleet", "a camera could not be begun again as it was");
    end_trial(&trial);
    return error;
}

int ct_fleet_apply(ct_fleet *fleet, ct_engine *engine)
{
    if (fleet->engine)
        return ct__fail(CT_ERROR_INVALID, fleet->path, "the fleet was applied already");
    int changed = change(engine, fleet->plan, NULL);
    if (changed < 0)
        return changed;
    fleet->engine = engine;
    return CT_OK;
}

// ---- reloading

static bool differs(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) != 0 : a != b;
}

// What belongs to the whole is settled when the program starts.
static void tell_fixed(const char *path, const struct ct__settings *now,
                       const struct ct__settings *before)
{
    const struct {
        const char *key;
        bool changed;
    } keys[] = {
        {"listen", differs(now->listen, before->listen)},
        {"lanes", now->lanes != before->lanes},
        {"cpus", differs(now->cpus, before->cpus)},
        {"cpu_budget", now->cpu_budget != before->cpu_budget},
        {"log_level", differs(now->log_level, before->log_level)},
        {"metrics", differs(now->metrics, before->metrics)},
        {"trace", differs(now->trace, before->trace)},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].changed)
            ct__log(CT_LOG_WARN, path, "%s has changed: it takes effect at the next start",
                    keys[i].key);
}

int ct_fleet_reload(ct_fleet *fleet)
{
    struct ct__plan *plan = NULL;
    int error = ct__plan_read(&plan, fleet->path, &fleet->params);
    if (error)
        return error;
    int changed = fleet->engine ? change(fleet->engine, plan, fleet->plan) : 0;
    if (changed < 0) {
        ct__plan_destroy(&plan);
        return changed;
    }
    tell_fixed(fleet->path, &plan->settings, &fleet->plan->settings);
    ct__plan_destroy(&fleet->plan);
    fleet->plan = plan;
    return changed;
}

// ---- what it says

const struct ct_engine_params *ct_fleet_engine_params(const ct_fleet *fleet)
{
    return &fleet->plan->engine;
}

const char *ct_fleet_listen(const ct_fleet *fleet)
{
    const char *listen = fleet->plan->settings.listen;
    return listen ? listen : "";
}

const char *ct_fleet_log_level(const ct_fleet *fleet)
{
    const char *level = fleet->plan->settings.log_level;
    return level ? level : "";
}

int ct_fleet_camera_count(const ct_fleet *fleet)
{
    return fleet->plan->count;
}

const char *ct_fleet_camera(const ct_fleet *fleet, int index, int *stream)
{
    if (index < 0 || index >= fleet->plan->count)
        return NULL;
    if (stream)
        *stream = fleet->plan->cameras[index].stream;
    return fleet->plan->cameras[index].name;
}

int64_t ct_fleet_explain(const ct_fleet *fleet, char *text, size_t size)
{
    struct ct__text page = {0};
    ct__plan_explain(fleet->plan, fleet->path, &page);
    return ct__text_hand_out(&page, "fleet", text, size);
}

int64_t ct_fleet_schema(char *text, size_t size)
{
    struct ct__text page = {0};
    ct__schema_put(&page);
    return ct__text_hand_out(&page, "fleet", text, size);
}

int64_t ct_fleet_reference(char *text, size_t size)
{
    struct ct__text page = {0};
    ct__reference_put(&page);
    return ct__text_hand_out(&page, "fleet", text, size);
}
