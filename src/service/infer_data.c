// SPDX-License-Identifier: Apache-2.0
// What a client claims of a shape is compared with what it has sent before anything is made of it.
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/half.h"
#include "base/json_reader.h"
#include "service/datatype.h"
#include "service/infer.h"

// Elements of a shape; false if there are more than fit.
static bool multiply(const struct ct__infer_input *input, size_t most, size_t *count)
{
    *count = 1;
    for (int i = 0; i < input->rank; i++)
        if (input->dim[i] == 0) {
            *count = 0;
            return true;
        }
    for (int i = 0; i < input->rank; i++) {
        if ((uint64_t)input->dim[i] > most / *count)
            return false;
        *count *= (size_t)input->dim[i];
    }
    return true;
}

bool ct__infer_count(const struct ct__infer_input *input, size_t *count,
                     struct ct__refusal *refusal)
{
    size_t each = ct__datatype_size(input->type);
    // An element in JSON is a digit and a comma, or a bracket.
    size_t most = input->binary ? input->size / each : input->size / 2;
    bool fits = multiply(input, most, count);
    if (fits && input->binary)
        fits = *count * each == input->size;
    return fits || ct__refuse(refusal, 422, "shape",
                              "input %.64s: %zu bytes of %s data are not of its shape and type",
                              input->name, input->size, input->binary ? "binary" : "JSON");
}

// Where numbers of JSON go.
struct filling {
    struct ct__json_reader reader;
    const struct ct__infer_input *input;
    void *to;
    size_t count, at;
    bool flat;
};

static const struct range {
    double most;           // of fractions
    uint64_t below, above; // zero, of whole numbers
} ranges[CT_TYPE_OTHER] = {
    [CT_TYPE_F32] = {.most = FLT_MAX},
    [CT_TYPE_F16] = {.most = 65504},
    [CT_TYPE_F64] = {.most = DBL_MAX},
    [CT_TYPE_BOOL] = {.above = 1},
    [CT_TYPE_U8] = {.above = UINT8_MAX},
    [CT_TYPE_U16] = {.above = UINT16_MAX},
    [CT_TYPE_U32] = {.above = UINT32_MAX},
    [CT_TYPE_U64] = {.above = UINT64_MAX},
    [CT_TYPE_I8] = {.below = 1 << 7, .above = INT8_MAX},
    [CT_TYPE_I16] = {.below = 1 << 15, .above = INT16_MAX},
    [CT_TYPE_I32] = {.below = UINT64_C(1) << 31, .above = INT32_MAX},
    [CT_TYPE_I64] = {.below = UINT64_C(1) << 63, .above = INT64_MAX},
};

// Whole numbers are written as two's complement has them, as many low bytes as there are.
static void put_whole(struct filling *filling, uint64_t value)
{
    size_t at = filling->at++;
    switch (ct__datatype_size(filling->input->type)) {
    case 1:
        ((uint8_t *)filling->to)[at] = (uint8_t)value;
        break;
    case 2:
        ((uint16_t *)filling->to)[at] = (uint16_t)value;
        break;
    case 4:
        ((uint32_t *)filling->to)[at] = (uint32_t)value;
        break;
    default:
        ((uint64_t *)filling->to)[at] = value;
        break;
    }
}

static void put_fraction(struct filling *filling, double value)
{
    size_t at = filling->at++;
    if (filling->input->type == CT_TYPE_F32)
        ((float *)filling->to)[at] = (float)value;
    else if (filling->input->type == CT_TYPE_F64)
        ((double *)filling->to)[at] = value;
    else
        ((uint16_t *)filling->to)[at] = ct__half_of((float)value);
}

static bool fill_number(struct filling *filling)
{
    struct ct__json_number number;
    const struct range *range = &ranges[filling->input->type];
    if (!ct__json_read_number(&filling->reader, &number))
        return false;
    if (range->most > 0) {
        if (fabs(number.value) > range->most)
            return ct__json_blame(&filling->reader, "a number is beyond the range of its type");
        put_fraction(filling, number.value);
        return true;
    }
    if (!number.whole)
        return ct__json_blame(&filling->reader, "a whole number is expected");
    if (number.size > (number.negative ? range->below : range->above))
        return ct__json_blame(&filling->reader, "a number is beyond the range of its type");
    put_whole(filling, number.negative ? -number.size : number.size);
    return true;
}

static bool fill_element(struct filling *filling)
{
    bool word = false;
    if (filling->at == filling->count)
        return ct__json_blame(&filling->reader, "there are more elements than the shape has");
    if (filling->input->type != CT_TYPE_BOOL || ct__json_peek(&filling->reader) == '0')
        return fill_number(filling);
    if (!ct__json_read_bool(&filling->reader, &word))
        return false;
    put_whole(filling, word);
    return true;
}

// An array of arrays, as deep as the shape, or a flat one, of which only the number of elements is
// known.
static bool fill_array(struct filling *filling, int level)
{
    const struct ct__infer_input *input = filling->input;
    struct ct__json_reader *reader = &filling->reader;
    int64_t found = 0;
    if (!ct__json_enter(reader, '['))
        return false;
    for (; ct__json_next(reader); found++) {
        bool nested = ct__json_peek(reader) == '[';
        if (level == 0 && found == 0)
            filling->flat = !nested;
        if (nested == (filling->flat || level + 1 >= input->rank))
            return ct__json_blame(reader, "data are not nested as the shape says");
        if (!(nested ? fill_array(filling, level + 1) : fill_element(filling)))
            return false;
    }
    if (!reader->wrong && !filling->flat && found != input->dim[level])
        return ct__json_blame(reader, "data are not nested as the shape says");
    return !reader->wrong;
}

static bool fill_json(const struct ct__infer_input *input, void *to, size_t count,
                      struct ct__refusal *refusal)
{
    struct filling filling = {.input = input, .to = to, .count = count, .flat = true};
    ct__json_read(&filling.reader, input->data, input->size);
    bool good = fill_array(&filling, 0);
    if (good && filling.at != count)
        good = ct__json_blame(&filling.reader, "there are fewer elements than the shape has");
    return good ||
           ct__refuse(refusal, 400, "data", "input %.64s: %s", input->name, filling.reader.wrong);
}

bool ct__infer_fill(const struct ct__infer_input *input, void *to, size_t count,
                    struct ct__refusal *refusal)
{
    if (!input->binary)
        return fill_json(input, to, count, refusal);
    memcpy(to, input->data, input->size);
    for (size_t i = 0; input->type == CT_TYPE_BOOL && i < count; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)to)[i] != 0;
    return true;
}
