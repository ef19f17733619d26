// SPDX-License-Identifier: Apache-2.0
// JSON has no NaN and no infinities: they become null. Binary data have them.
#include "service/reply.h"

#include <string.h>

#include "base/half.h"
#include "base/json.h"
#include "service/datatype.h"

// One output that is wanted.
struct wanted {
    const struct ct_tensor *tensor;
    bool binary;
};

struct choice {
    struct wanted wanted[CT__MOST_TENSORS];
    int count;
};

static const struct ct_tensor *find(const struct ct__reply *reply, const char *name)
{
    for (int i = 0; i < reply->count; i++)
        if (strcmp(reply->outputs[i].name, name) == 0)
            return &reply->outputs[i];
    return NULL;
}

static bool add(struct choice *choice, const struct ct_tensor *tensor, bool binary,
                struct ct__refusal *refusal)
{
    if (choice->count == CT__MOST_TENSORS)
        return ct__refuse(refusal, 422, "output", "more than %d outputs: name those you want",
                          CT__MOST_TENSORS);
    if (!ct__datatype_name(tensor->type) || (tensor->size && !tensor->data))
        return ct__refuse(refusal, 422, "output", "output %.64s holds no numbers", tensor->name);
    choice->wanted[choice->count++] = (struct wanted){tensor, binary};
    return true;
}

static bool choose(const struct ct__reply *reply, const struct ct__infer *infer,
                   struct choice *choice, struct ct__refusal *refusal)
{
    for (int i = 0; i < infer->output_count; i++) {
        const struct ct_tensor *tensor = find(reply, infer->outputs[i].name);
        if (!tensor)
            return ct__refuse(refusal, 422, "output", "output %.64s: the model has none such",
                              infer->outputs[i].name);
        if (!add(choice, tensor, infer->outputs[i].binary, refusal))
            return false;
    }
    for (int i = 0; infer->output_count == 0 && i < reply->count; i++)
        if (!add(choice, &reply->outputs[i], infer->binary, refusal))
            return false;
    return true;
}

static bool check_size(const struct ct__reply *reply, const struct choice *choice,
                       struct ct__refusal *refusal)
{
    size_t left = reply->max_bytes;
    for (int i = 0; i < choice->count; i++) {
        size_t size = choice->wanted[i].tensor->size;
        if (size > left)
            return ct__refuse(refusal, 413, "tensors", "the outputs have more than %zu bytes",
                              reply->max_bytes);
        left -= size;
    }
    return true;
}

static uint64_t unsigned_at(const struct ct_tensor *tensor, size_t at)
{
    switch (ct__datatype_size(tensor->type)) {
    case 1:
        return ((const uint8_t *)tensor->data)[at];
    case 2:
        return ((const uint16_t *)tensor->data)[at];
    case 4:
        return ((const uint32_t *)tensor->data)[at];
    default:
        return ((const uint64_t *)tensor->data)[at];
    }
}

static int64_t signed_at(const struct ct_tensor *tensor, size_t at)
{
    switch (ct__datatype_size(tensor->type)) {
    case 1:
        return ((const int8_t *)tensor->data)[at];
    case 2:
        return ((const int16_t *)tensor->data)[at];
    case 4:
        return ((const int32_t *)tensor->data)[at];
    default:
        return ((const int64_t *)tensor->data)[at];
    }
}

static void put_element(struct ct__json *json, const struct ct_tensor *tensor, size_t at)
{
    switch (tensor->type) {
    case CT_TYPE_F32:
        ct__json_float(json, ((const float *)tensor->data)[at]);
        break;
    case CT_TYPE_F16:
        ct__json_float(json, ct__half_value(((const uint16_t *)tensor->data)[at]));
        break;
    case CT_TYPE_F64:
        ct__json_double(json, ((const double *)tensor->data)[at]);
        break;
    case CT_TYPE_I8:
    case CT_TYPE_I16:
    case CT_TYPE_I32:
    case CT_TYPE_I64:
        ct__json_int(json, signed_at(tensor, at));
        break;
    case CT_TYPE_BOOL:
        ct__json_bool(json, unsigned_at(tensor, at) != 0);
        break;
    default:
        ct__json_uint(json, unsigned_at(tensor, at));
        break;
    }
}

static void put_data(struct ct__json *json, const struct ct_tensor *tensor)
{
    size_t count = tensor->size / ct__datatype_size(tensor->type);
    ct__json_key(json, "data");
    ct__json_begin_array(json);
    for (size_t i = 0; i < count && !json->text->failed; i++)
        put_element(json, tensor, i);
    ct__json_end_array(json);
}

static void put_size(struct ct__json *json, const struct ct_tensor *tensor)
{
    ct__json_key(json, "parameters");
    ct__json_begin_object(json);
    ct__json_key(json, "binary_data_size");
    ct__json_uint(json, tensor->size);
    ct__json_end_object(json);
}

static void put_output(struct ct__json *json, const struct wanted *wanted)
{
    const struct ct_tensor *tensor = wanted->tensor;
    ct__json_begin_object(json);
    ct__json_key(json, "name");
    ct__json_string(json, tensor->name);
    ct__json_key(json, "datatype");
    ct__json_string(json, ct__datatype_name(tensor->type));
    ct__json_key(json, "shape");
    ct__json_begin_array(json);
    for (int i = 0; i < tensor->rank; i++)
        ct__json_int(json, tensor->dim[i]);
    ct__json_end_array(json);
    if (wanted->binary)
        put_size(json, tensor);
    else
        put_data(json, tensor);
    ct__json_end_object(json);
}

static void put_json(const struct ct__reply *reply, const struct ct__infer *infer,
                     const struct choice *choice, struct ct__text *text)
{
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_object(&json);
    if (infer->id[0]) {
        ct__json_key(&json, "id");
        ct__json_string(&json, infer->id);
    }
    ct__json_key(&json, "model_name");
    ct__json_string(&json, reply->model);
    ct__json_key(&json, "model_version");
    ct__json_string(&json, "1");
    ct__json_key(&json, "outputs");
    ct__json_begin_array(&json);
    for (int i = 0; i < choice->count; i++)
        put_output(&json, &choice->wanted[i]);
    ct__json_end_array(&json);
    ct__json_end_object(&json);
}

bool ct__reply_write(const struct ct__reply *reply, const struct ct__infer *infer,
                     struct ct__text *text, size_t *header, struct ct__refusal *refusal)
{
    struct choice choice = {.count = 0};
    bool binary = false;
    if (!choose(reply, infer, &choice, refusal) || !check_size(reply, &choice, refusal))
        return false;
    put_json(reply, infer, &choice, text);
    size_t length = text->length;
    for (int i = 0; i < choice.count; i++) {
        const struct wanted *wanted = &choice.wanted[i];
        binary = binary || wanted->binary;
        if (wanted->binary && wanted->tensor->size)
            ct__text_append(text, wanted->tensor->data, wanted->tensor->size);
    }
    *header = binary ? length : 0;
    return !text->failed || ct__refuse(refusal, 503, "memory", "out of memory");
}
