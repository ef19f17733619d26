// SPDX-License-Identifier: Apache-2.0
// An inference that is asked for over HTTP: the first line is the length of the JSON, "-" for all.
// What is read is filled into memory of just its size and sent back as an answer.
#include "base/json_reader.h"
#include "fuzz.h"
#include "service/datatype.h"
#include "service/reply.h"

static struct ct__infer infer;

static void check_refusal(const struct ct__refusal *refusal)
{
    FUZZ_CHECK(refusal->status >= 400 && refusal->status < 600);
    FUZZ_CHECK(refusal->code && refusal->why[0]);
}

// Fills one input; false if it cannot be.
static bool take_input(const struct ct__infer_input *input, size_t body, struct ct_tensor *tensor)
{
    struct ct__refusal refusal = {0};
    size_t count = 0, each = ct__datatype_size(input->type);
    FUZZ_CHECK(each > 0 && input->data && input->size <= body);
    if (!ct__infer_count(input, &count, &refusal)) {
        check_refusal(&refusal);
        return false;
    }
    FUZZ_CHECK(count <= body);
    *tensor = (struct ct_tensor){.name = input->name, .type = input->type, .rank = input->rank};
    memcpy(tensor->dim, input->dim, sizeof tensor->dim);
    tensor->size = count * each;
    tensor->data = malloc(tensor->size + !tensor->size);
    FUZZ_CHECK(tensor->data);
    if (ct__infer_fill(input, tensor->data, count, &refusal))
        return true;
    check_refusal(&refusal);
    free(tensor->data);
    return false;
}

static void answer(const struct ct_tensor *tensors, int count)
{
    const struct ct__reply reply = {"model", tensors, count, 1 << 20};
    struct ct__refusal refusal = {0};
    struct ct__text text = {0};
    struct ct__json_reader reader;
    size_t header = 0;
    if (ct__reply_write(&reply, &infer, &text, &header, &refusal)) {
        FUZZ_CHECK(header <= text.length);
        ct__json_read(&reader, text.data, header ? header : text.length);
        FUZZ_CHECK(ct__json_skip(&reader, NULL) && ct__json_end(&reader));
    } else {
        check_refusal(&refusal);
    }
    ct__text_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct_tensor tensors[CT__MOST_TENSORS];
    struct ct__refusal refusal = {0};
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    char line[24] = "";
    if (!end || end - data >= (int)sizeof line)
        return 0;
    memcpy(line, data, (size_t)(end - data));
    int64_t header = -1;
    (void)ct__parse_int(line, &header);
    size -= (size_t)(end + 1 - data);
    if (!ct__infer_read(&infer, (const char *)end + 1, size, header, &refusal)) {
        check_refusal(&refusal);
        return 0;
    }
    int count = 0;
    for (int i = 0; i < infer.input_count; i++)
        count += take_input(&infer.inputs[i], size, &tensors[count]);
    answer(tensors, count);
    while (count > 0)
        free(tensors[--count].data);
    return 0;
}
