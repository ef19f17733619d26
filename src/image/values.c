// SPDX-License-Identifier: Apache-2.0
// The types of inputs as rows, and layouts as a first place and two steps.
#include "image/values.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "image/kernels.h"

static const struct ct__value_type types[] = {
    {CT_TYPE_F32, CT__VALUE_F32, 0, false},
    {CT_TYPE_F16, CT__VALUE_F16, 0, false},
    {CT_TYPE_U8, CT__VALUE_U8, .5, true},
    {CT_TYPE_I8, CT__VALUE_I8, 128.5, true},
};

const struct ct__value_type *ct__value_type(enum ct_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

size_t ct__value_store(void *to, const struct ct__value_type *type, double value)
{
    double byte = fmax(0, fmin(255, value + type->bias));
    float single = (float)value;
    uint16_t half = ct__half_of(single);
    uint8_t whole = (uint8_t)((int)byte - (type->type == CT_TYPE_I8 ? 128 : 0));
    size_t size = ct__type_size(type->type);
    memcpy(to, type->byte ? (void *)&whole : size == 2 ? (void *)&half : (void *)&single, size);
    return size;
}

struct ct__channel ct__channel_of(const struct ct__letterbox *box, enum ct__layout layout, int c)
{
    size_t width = (size_t)box->canvas_width, height = (size_t)box->canvas_height;
    if (layout == CT__LAYOUT_NHWC)
        return (struct ct__channel){(size_t)c, 3, 3 * width};
    return (struct ct__channel){(size_t)c * width * height, 1, width};
}
