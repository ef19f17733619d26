// SPDX-License-Identifier: Apache-2.0
// Results with any texts and numbers: a line of JSON that another reader of JSON takes.
#include <jansson.h>

#include "objects.h"
#include "sinks/sink.h"

enum { MOST_OBJECTS = 8 };

static void check_line(const struct ct__text *line, const struct ct_result *result)
{
    FUZZ_CHECK(line->data[line->length - 1] == '\n');
    FUZZ_CHECK(memchr(line->data, '\n', line->length) == line->data + line->length - 1);
    // An integer may have more digits than a reader has room for.
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL;
    json_t *root = json_loadb(line->data, line->length, flags, NULL);
    FUZZ_CHECK(root && json_string_value(json_object_get(root, "source")));
    if (!result->error)
        FUZZ_CHECK(json_array_size(json_object_get(root, "objects")) == (size_t)result->count);
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct ct_object objects[MOST_OBJECTS];
    struct ct__text line = {0};
    char *source = fuzz_text(&bytes, 60), *reason = fuzz_text(&bytes, 60);
    char *label = fuzz_text(&bytes, 60);
    unsigned flags = fuzz_byte(&bytes);
    struct ct_result result = {
        .source = source,
        .frame = fuzz_below(&bytes, 65536),
        .pts_ns = flags & 1 ? CT_NO_TIME : (int64_t)fuzz_below(&bytes, 65536) * 7654321,
        .wall_ns = flags & 2 ? (int64_t)(fuzz_below(&bytes, 65536) * UINT64_C(140737488355328))
                             : CT_NO_TIME,
        .error = flags & 4 ? CT_ERROR_FORMAT : 0,
        .reason = flags & 4 ? reason : NULL,
        .objects = objects,
    };
    result.count = flags & 4 ? 0 : (int)fuzz_below(&bytes, MOST_OBJECTS + 1);
    for (int i = 0; i < result.count; i++)
        objects[i] = fuzz_object(&bytes, flags & 8 ? label : "person");
    FUZZ_CHECK(!ct__sink_line(&line, &result, "fuzz"));
    check_line(&line, &result);
    ct__text_finish(&line);
    free(source), free(reason), free(label);
    return 0;
}
