// SPDX-License-Identifier: Apache-2.0
// From numbers of a network to bytes, and from these to the picture's size; memory is the
// scratch's.
#include "models/map.h"

#include <math.h>

#include "base/log.h"
#include "base/mem.h"

int ct__map_make(struct ct__scratch *scratch, int width, int height, uint8_t **map)
{
    size_t size = (size_t)width * (size_t)height;
    if (size > scratch->map_size) {
        ct__free(scratch->map);
        scratch->map = ct__alloc_aligned(size);
        scratch->map_size = scratch->map ? size : 0;
        if (!scratch->map)
            return ct__fail_memory("matte");
    }
    *map = scratch->map;
    return CT_OK;
}

int ct__map_floats(struct ct__scratch *scratch, size_t count, float **floats)
{
    if (count * sizeof **floats > scratch->field_size) {
        ct__free(scratch->field);
        scratch->field = ct__alloc_aligned(count * sizeof **floats);
        scratch->field_size = scratch->field ? count * sizeof **floats : 0;
        if (!scratch->field)
            return ct__fail_memory("matte");
    }
    *floats = scratch->field;
    return CT_OK;
}

void ct__map_stretched(uint8_t *map, const float *values, size_t count)
{
    float least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    float range = most - least;
    for (size_t i = 0; i < count; i++) {
        float share = (values[i] - least) / range;
        map[i] = share > 0 ? (uint8_t)(255 * (share < 1 ? share : 1)) : 0;
    }
}

static uint8_t byte_of(float share)
{
    float above = share > 0 ? share : 0;
    return (uint8_t)(255 * (above < 1 ? above : 1) + .5f);
}

void ct__map_shares(uint8_t *map, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        map[i] = byte_of(values[i]);
}

static bool are_shares(float a, float b)
{
    return a >= 0 && b >= 0 && fabsf(a + b - 1) < .01f;
}

void ct__map_pairs(uint8_t *map, const float *first, const float *second, size_t step, size_t count)
{
    bool given = true;
    for (size_t i = 0; given && i < count; i++)
        given = are_shares(first[i * step], second[i * step]);
    for (size_t i = 0; i < count; i++) {
        float share = second[i * step];
        map[i] = byte_of(given ? share : 1 / (1 + expf(first[i * step] - share)));
    }
}

// The part of a side of `length` that the picture covers: `first` of `canvas` and `covered` on.
static int part(int length, int canvas, int first, int covered, int *count)
{
    int begin = (int)lround((double)first * length / canvas);
    int end = (int)lround((double)(first + covered) * length / canvas);
    begin = begin < 0 ? 0 : begin < length ? begin : length - 1;
    end = end > length ? length : end;
    *count = end > begin ? end - begin : 1;
    return begin;
}

int ct__map_matte(const uint8_t *map, int width, int height, const struct ct__usage *usage,
                  const struct ct__letterbox *box, struct ct__scratch *scratch, int class_id,
                  struct ct__result *result)
{
    struct ct_picture picture = {.format = CT_FORMAT_GREY, .stride = {width}};
    int x = part(width, box->canvas_width, box->x, box->width, &picture.width);
    int y = part(height, box->canvas_height, box->y, box->height, &picture.height);
    const char *label =
        usage->labels && class_id < usage->class_count ? usage->labels[class_id] : NULL;
    picture.data[0] = map + (ptrdiff_t)y * width + x;
    uint8_t *alpha = NULL;
    int error = scratch->resample ? CT_OK : ct__resample_create(&scratch->resample);
    if (!error)
        error = ct__result_add_matte(result, class_id, label,
                                     ct__resample_stride(box->source_width), &alpha);
    return error ? error
                 : ct__resample_run(scratch->resample, CT__FILTER_LANCZOS, &picture,
                                    box->source_width, box->source_height, (uint8_t *[3]){alpha});
}
