// SPDX-License-Identifier: Apache-2.0
// Models are opened and closed with the engine's lock given up: that takes its time.
#include "pipeline/slots.h"

#include "base/log.h"
#include "base/mem.h"

// A free place for a model; the list is changed with the lock held, its places never move.
static int add_slot(ct_engine *engine, struct ct__slot **out)
{
    for (int i = 0; i < engine->slot_count; i++) {
        if (!engine->slots[i]->model) {
            *out = engine->slots[i];
            return CT_OK;
        }
    }
    struct ct__slot *slot = ct__calloc(1, sizeof *slot);
    pthread_mutex_lock(&engine->lock);
    struct ct__slot **slots =
        slot ? ct__realloc_array(engine->slots, (size_t)engine->slot_count + 1, sizeof *slots)
             : NULL;
    if (slots) {
        slot->index = engine->slot_count;
        engine->slots = slots;
        slots[engine->slot_count++] = *out = slot;
    }
    pthread_mutex_unlock(&engine->lock);
    if (!slots)
        ct__free(slot);
    return slots ? CT_OK : ct__fail_memory("model");
}

// The engine's place for a model that a stream asks for; equal wishes share one.
static int find_model(ct_engine *engine, const char *path, const struct ct_model_params *params,
                      struct ct__slot **out)
{
    for (int i = 0; i < engine->slot_count; i++) {
        struct ct__slot *slot = engine->slots[i];
        if (slot->model && ct__model_matches(slot->model, path, params)) {
            slot->users++;
            *out = slot;
            return CT_OK;
        }
    }
    ct_model *model = NULL;
    struct ct__slot *slot = NULL;
    int error = ct_model_open(&model, path, params);
    error = error ? error : add_slot(engine, &slot);
    if (error) {
        ct_model_close(&model);
        return error;
    }
    pthread_mutex_lock(&engine->lock);
    slot->inference = (struct ct__histogram){0};
    slot->model = model;
    slot->users = 1;
    pthread_mutex_unlock(&engine->lock);
    *out = slot;
    return CT_OK;
}

void ct__slots_release(ct_engine *engine, struct ct__slot *const *slots, int count)
{
    for (int i = 0; i < count; i++) {
        ct_model *model = NULL;
        pthread_mutex_lock(&engine->lock);
        if (--slots[i]->users == 0) {
            model = slots[i]->model;
            slots[i]->model = NULL;
            engine->retired++;
            pthread_cond_broadcast(&engine->ready);
        }
        pthread_mutex_unlock(&engine->lock);
        ct_model_close(&model);
    }
}

int ct__slots_find(ct_engine *engine, const struct ct_stream_params *params,
                   struct ct__slot **slots, int *count)
{
    int error = CT_OK;
    *count = 0;
    if (params->model && !(error = find_model(engine, params->model, &params->model_params, slots)))
        ++*count;
    for (int i = 0; !error && i < params->step_count; i++) {
        const struct ct_step_params *step = &params->steps[i];
        error = find_model(engine, step->model, &step->model_params, &slots[*count]);
        *count += !error;
    }
    return error;
}
