// SPDX-License-Identifier: Apache-2.0
// Read in one pass: members stand in any order, so that data in JSON is passed over and read once
// more when type and shape are known and fit the model.
#include "service/infer.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_reader.h"
#include "service/datatype.h"

enum { LONGEST_KEY = 64 };

// What is read, and where things are told.
struct reading {
    struct ct__json_reader reader;
    struct ct__infer *infer;
    struct ct__refusal *refusal;
    const char *rest, *end; // of the binary data
};

// ---- parameters

// Those of a tensor, or of the whole request.
struct parameters {
    bool binary, has_binary; // binary_data, binary_data_output
    int64_t size;            // binary_data_size; -1 without it
};

// What is asked for and not done here would be missed in the answer.
static bool refuse_parameter(struct reading *reading, const char *key)
{
    static const char *const asked[] = {"shared_memory_region", "classification"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (strcmp(key, asked[i]) == 0)
            return ct__refuse(reading->refusal, 422, "parameter",
                              "parameters: this server has no %s", key);
    return true;
}

static bool read_parameters(struct reading *reading, struct parameters *parameters)
{
    struct ct__json_reader *reader = &reading->reader;
    char key[LONGEST_KEY];
    if (!ct__json_enter(reader, '{'))
        return false;
    while (ct__json_next_key(reader, key, sizeof key)) {
        if (strcmp(key, "binary_data") == 0 || strcmp(key, "binary_data_output") == 0)
            parameters->has_binary = ct__json_read_bool(reader, &parameters->binary);
        else if (strcmp(key, "binary_data_size") == 0)
            ct__json_read_int(reader, &parameters->size);
        else if (!refuse_parameter(reading, key) || !ct__json_skip(reader, NULL))
            return false;
    }
    return !reader->wrong;
}

// ---- tensors

static bool read_shape(struct ct__json_reader *reader, struct ct__infer_input *input)
{
    if (!ct__json_enter(reader, '['))
        return false;
    for (input->rank = 0; ct__json_next(reader); input->rank++) {
        if (input->rank == CT_MAX_RANK)
            return ct__json_blame(reader, "a shape has more than 8 dimensions");
        int64_t *dim = &input->dim[input->rank];
        if (!ct__json_read_int(reader, dim))
            return false;
        if (*dim < 0)
            return ct__json_blame(reader, "a dimension is negative");
    }
    return !reader->wrong;
}

static bool read_type(struct reading *reading, enum ct_type *type)
{
    char name[LONGEST_KEY];
    if (!ct__json_read_string(&reading->reader, name, sizeof name))
        return false;
    *type = ct__datatype_find(name);
    return *type != CT_TYPE_NONE || ct__refuse(reading->refusal, 422, "datatype",
                                               "datatype %s: this server knows BOOL, INT8 to "
                                               "INT64, UINT8 to UINT64 and FP16 to FP64",
                                               name);
}

static bool read_input_member(struct reading *reading, const char *key,
                              struct ct__infer_input *input, struct parameters *parameters)
{
    struct ct__json_reader *reader = &reading->reader;
    if (strcmp(key, "name") == 0)
        return ct__json_read_string(reader, input->name, sizeof input->name);
    if (strcmp(key, "datatype") == 0)
        return read_type(reading, &input->type);
    if (strcmp(key, "shape") == 0)
        return read_shape(reader, input);
    if (strcmp(key, "parameters") == 0)
        return read_parameters(reading, parameters);
    if (strcmp(key, "data") != 0)
        return ct__json_skip(reader, NULL);
    bool good = ct__json_skip(reader, &input->data);
    input->size = good ? (size_t)(reader->at - input->data) : 0;
    return good;
}

// Gives an input that says so its part of the bytes behind the JSON: they stand in the order of the
// inputs.
static bool take_bytes(struct reading *reading, struct ct__infer_input *input, int64_t size)
{
    if (input->data)
        return ct__refuse(reading->refusal, 400, "data", "input %.64s has data twice", input->name);
    if (size < 0 || size > reading->end - reading->rest)
        return ct__refuse(reading->refusal, 400, "data",
                          "input %.64s: binary_data_size = %" PRId64 ": %td bytes are left",
                          input->name, size, reading->end - reading->rest);
    input->binary = true;
    input->data = reading->rest;
    input->size = (size_t)size;
    reading->rest += size;
    return true;
}

static bool check_input(struct reading *reading, const struct ct__infer_input *input)
{
    const char *lacks = !input->name[0]   ? "name"
                        : !input->type    ? "datatype"
                        : input->rank < 0 ? "shape"
                        : !input->data    ? "data"
                                          : NULL;
    if (lacks)
        return ct__refuse(reading->refusal, 400, "input", "input %d %.64s has no %s",
                          reading->infer->input_count, input->name, lacks);
    for (int i = 0; i < reading->infer->input_count; i++)
        if (strcmp(reading->infer->inputs[i].name, input->name) == 0)
            return ct__refuse(reading->refusal, 400, "input", "input %.64s is given twice",
                              input->name);
    return true;
}

static bool read_input(struct reading *reading)
{
    struct ct__infer_input *input = &reading->infer->inputs[reading->infer->input_count];
    struct parameters parameters = {.size = -1};
    char key[LONGEST_KEY];
    *input = (struct ct__infer_input){.rank = -1};
    if (!ct__json_enter(&reading->reader, '{'))
        return false;
    while (ct__json_next_key(&reading->reader, key, sizeof key))
        if (!read_input_member(reading, key, input, &parameters))
            return false;
    if (reading->reader.wrong ||
        (parameters.size != -1 && !take_bytes(reading, input, parameters.size)) ||
        !check_input(reading, input))
        return false;
    reading->infer->input_count++;
    return true;
}

static bool read_output(struct reading *reading)
{
    struct ct__infer_output *output = &reading->infer->outputs[reading->infer->output_count];
    struct parameters parameters = {0};
    char key[LONGEST_KEY];
    *output = (struct ct__infer_output){0};
    if (!ct__json_enter(&reading->reader, '{'))
        return false;
    while (ct__json_next_key(&reading->reader, key, sizeof key)) {
        bool good = strcmp(key, "name") == 0
                        ? ct__json_read_string(&reading->reader, output->name, sizeof output->name)
                    : strcmp(key, "parameters") == 0 ? read_parameters(reading, &parameters)
                                                     : ct__json_skip(&reading->reader, NULL);
        if (!good)
            return false;
    }
    if (!reading->reader.wrong && !output->name[0])
        return ct__refuse(reading->refusal, 400, "output", "output %d has no name",
                          reading->infer->output_count);
    output->binary = parameters.binary;
    output->said = parameters.has_binary;
    reading->infer->output_count++;
    return !reading->reader.wrong;
}

// ---- the request

static bool read_list(struct reading *reading, const int *count,
                      bool (*read_one)(struct reading *reading))
{
    if (*count)
        return ct__json_blame(&reading->reader, "tensors are listed twice");
    if (!ct__json_enter(&reading->reader, '['))
        return false;
    while (ct__json_next(&reading->reader)) {
        if (*count == CT__MOST_TENSORS)
            return ct__json_blame(&reading->reader, "more than 64 tensors are listed");
        if (!read_one(reading))
            return false;
    }
    return !reading->reader.wrong;
}

static bool read_member(struct reading *reading, const char *key)
{
    struct ct__infer *infer = reading->infer;
    struct parameters parameters = {0};
    if (strcmp(key, "id") == 0)
        return ct__json_read_string(&reading->reader, infer->id, sizeof infer->id);
    if (strcmp(key, "inputs") == 0)
        return read_list(reading, &infer->input_count, read_input);
    if (strcmp(key, "outputs") == 0)
        return read_list(reading, &infer->output_count, read_output);
    if (strcmp(key, "parameters") != 0)
        return ct__json_skip(&reading->reader, NULL);
    bool good = read_parameters(reading, &parameters);
    infer->binary = parameters.binary;
    return good;
}

static bool read_request(struct reading *reading)
{
    struct ct__json_reader *reader = &reading->reader;
    char key[LONGEST_KEY];
    if (ct__json_enter(reader, '{'))
        while (ct__json_next_key(reader, key, sizeof key))
            if (!read_member(reading, key))
                return false;
    return ct__json_end(reader);
}

static void say_defaults(struct ct__infer *infer)
{
    for (int i = 0; i < infer->output_count; i++)
        if (!infer->outputs[i].said)
            infer->outputs[i].binary = infer->binary;
}

bool ct__infer_read(struct ct__infer *infer, const char *body, size_t size, int64_t header,
                    struct ct__refusal *refusal)
{
    infer->id[0] = 0;
    infer->input_count = infer->output_count = 0;
    infer->binary = false;
    if (header < -1 || (header > 0 && (uint64_t)header > size))
        return ct__refuse(refusal, 400, "header",
                          "Inference-Header-Content-Length = %" PRId64 ": the body has %zu bytes",
                          header, size);
    size_t length = header < 0 ? size : (size_t)header;
    struct reading reading = {
        .infer = infer, .refusal = refusal, .rest = body + length, .end = body + size};
    ct__json_read(&reading.reader, body, length);
    bool good = read_request(&reading);
    if (!good && !refusal->status)
        return ct__refuse(refusal, 400, "json", "at byte %td: %s",
                          reading.reader.at - reading.reader.start, reading.reader.wrong);
    if (good && reading.rest != reading.end)
        return ct__refuse(refusal, 400, "data", "%td bytes belong to no input",
                          reading.end - reading.rest);
    say_defaults(infer);
    return good;
}
