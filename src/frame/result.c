// SPDX-License-Identifier: Apache-2.0
// Results: filled again for every frame in the same memory, copied for those who keep them.
#include "frame/result.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

enum { MOST_RUNS = 1 << 24 };

void ct__result_clear(struct ct__result *result)
{
    result->view = (struct ct_result){.objects = result->objects};
    result->run_count = 0;
    result->reason[0] = 0;
}

// New memory for the runs of all masks; the objects are told where theirs have gone.
static int grow_runs(struct ct__result *result, size_t needed)
{
    size_t capacity = needed < 256 ? 1024 : 2 * needed;
    uint32_t *runs = ct__alloc(capacity * sizeof *runs);
    if (!runs)
        return ct__fail_memory("result");
    if (result->run_count)
        memcpy(runs, result->runs, result->run_count * sizeof *runs);
    for (int i = 0; i < result->view.count; i++) {
        struct ct_mask *mask = &result->objects[i].mask;
        mask->runs = mask->count ? runs + (mask->runs - result->runs) : NULL;
    }
    ct__free(result->runs);
    result->runs = runs;
    result->run_capacity = capacity;
    return CT_OK;
}

static int keep_mask(struct ct__result *result, struct ct_mask *mask)
{
    size_t count = (size_t)mask->count, needed = result->run_count + count;
    if (needed > MOST_RUNS)
        return ct__fail(CT_ERROR_LIMIT, "result", "masks of more than %d runs", MOST_RUNS);
    int error = needed > result->run_capacity ? grow_runs(result, needed) : CT_OK;
    if (error)
        return error;
    mask->runs = memcpy(result->runs + result->run_count, mask->runs, count * sizeof *mask->runs);
    result->run_count = needed;
    return CT_OK;
}

int ct__result_add(struct ct__result *result, const struct ct_object *object)
{
    int count = result->view.count;
    if (count == result->capacity) {
        int capacity = count ? 2 * count : 16;
        struct ct_object *objects =
            ct__realloc_array(result->objects, (size_t)capacity, sizeof *objects);
        if (!objects)
            return ct__fail_memory("result");
        result->objects = objects;
        result->view.objects = objects;
        result->capacity = capacity;
    }
    struct ct_object added = *object;
    int error = added.mask.count ? keep_mask(result, &added.mask) : CT_OK;
    if (error)
        return error;
    result->objects[count] = added;
    result->view.count = count + 1;
    return CT_OK;
}

void ct__result_sort(struct ct__result *result)
{
    struct ct_object *objects = result->objects;
    for (int i = 1; i < result->view.count; i++) {
        struct ct_object object = objects[i];
        int at = i;
        while (at > 0 && objects[at - 1].score < object.score)
            at--;
        memmove(&objects[at + 1], &objects[at], (size_t)(i - at) * sizeof *objects);
        objects[at] = object;
    }
}

int ct__result_set_truth(struct ct__result *result, const struct ct_truth *truth, int count)
{
    // At least one, so that an empty picture is told from no knowledge.
    if (count >= result->truth_capacity) {
        struct ct_truth *grown = ct__realloc_array(result->truth, (size_t)count + 1, sizeof *grown);
        if (!grown)
            return ct__fail_memory("result");
        result->truth = grown;
        result->truth_capacity = count + 1;
    }
    if (count)
        memcpy(result->truth, truth, (size_t)count * sizeof *truth);
    result->view.truth = result->truth;
    result->view.truth_count = count;
    return CT_OK;
}

void ct__result_begin_classes(struct ct__result *result)
{
    result->view.classes = result->classes;
    result->view.class_count = 0;
}

void ct__result_add_class(struct ct__result *result, const struct ct_class *class)
{
    if (result->view.class_count < CT_MAX_CLASSES)
        result->classes[result->view.class_count++] = *class;
}

int ct__result_add_matte(struct ct__result *result, int class_id, const char *label,
                         ptrdiff_t stride, uint8_t **alpha)
{
    struct ct_result *view = &result->view;
    int at = view->matte_count;
    size_t size = (size_t)stride * (size_t)view->height;
    if (at == CT_MAX_MATTES)
        return ct__fail(CT_ERROR_LIMIT, "result", "more than %d mattes", CT_MAX_MATTES);
    if (size > result->alpha_size[at]) {
        ct__free(result->alpha[at]);
        result->alpha[at] = ct__alloc_aligned(size);
        result->alpha_size[at] = result->alpha[at] ? size : 0;
        if (!result->alpha[at])
            return ct__fail_memory("result");
    }
    *alpha = result->alpha[at];
    result->mattes[at] =
        (struct ct_matte){view->width, view->height, stride, *alpha, class_id, label};
    view->mattes = result->mattes;
    view->matte_count = at + 1;
    return CT_OK;
}

void ct__result_finish(struct ct__result *result)
{
    for (int i = 0; i < CT_MAX_MATTES; i++)
        ct__free(result->alpha[i]);
    ct__free(result->truth);
    ct__free(result->objects);
    ct__free(result->runs);
    *result = (struct ct__result){0};
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static size_t runs_size(const struct ct_object *object)
{
    return (size_t)object->mask.count * sizeof *object->mask.runs;
}

static size_t matte_size(const struct ct_matte *matte)
{
    return (size_t)matte->stride * (size_t)matte->height;
}

// Copies `size` bytes to *at and moves on behind them.
static void *put(char **at, const void *data, size_t size)
{
    void *copy = size ? memcpy(*at, data, size) : NULL;
    *at += size;
    return copy;
}

static size_t result_size(const struct ct_result *result)
{
    size_t size = sizeof *result + (size_t)result->count * sizeof *result->objects;
    size += (size_t)result->class_count * sizeof *result->classes;
    for (int i = 0; i < result->count; i++)
        size += runs_size(&result->objects[i]);
    size += (size_t)result->truth_count * sizeof *result->truth;
    for (int i = 0; i < result->matte_count; i++)
        size += sizeof *result->mattes + matte_size(&result->mattes[i]);
    return size + text_size(result->source) + text_size(result->reason);
}

// What needs the widest alignment comes first, texts last.
static void lay_out(struct ct_result *copy, const struct ct_result *result)
{
    char *at = (char *)(copy + 1);
    *copy = *result;
    copy->classes = result->classes ? (struct ct_class *)at : NULL; // a classifier's, if none too
    put(&at, result->classes, (size_t)result->class_count * sizeof *result->classes);
    struct ct_object *objects =
        put(&at, result->objects, (size_t)result->count * sizeof *result->objects);
    copy->truth = result->truth ? (const struct ct_truth *)at : NULL; // may be known and empty
    put(&at, result->truth, (size_t)result->truth_count * sizeof *result->truth);
    struct ct_matte *mattes =
        put(&at, result->mattes, (size_t)result->matte_count * sizeof *result->mattes);
    for (int i = 0; i < result->count; i++)
        objects[i].mask.runs = put(&at, objects[i].mask.runs, runs_size(&objects[i]));
    for (int i = 0; i < result->matte_count; i++)
        mattes[i].alpha = put(&at, mattes[i].alpha, matte_size(&mattes[i]));
    copy->mattes = mattes;
    copy->objects = objects;
    copy->source = put(&at, result->source, text_size(result->source));
    copy->reason = put(&at, result->reason, text_size(result->reason));
}

int ct__result_copy(struct ct_result **copy, size_t *capacity, const struct ct_result *result)
{
    size_t size = result_size(result);
    if (!*copy || size > *capacity) {
        size_t grown = *copy ? size + size / 2 : size;
        struct ct_result *block = ct__realloc_array(*copy, grown, 1);
        if (!block)
            return ct__fail_memory("result");
        *copy = block;
        *capacity = grown;
    }
    lay_out(*copy, result);
    return CT_OK;
}

void ct_result_destroy(struct ct_result **result)
{
    ct__free(*result);
    *result = NULL;
}
