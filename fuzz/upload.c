// SPDX-License-Identifier: Apache-2.0
// A form that is sent with a picture: the first line is its Content-Type.
#include "fuzz.h"
#include "service/form.h"

static void check_within(const char *data, size_t length, const char *body, size_t size)
{
    FUZZ_CHECK(data >= body && data <= body + size);
    FUZZ_CHECK(length <= size - (size_t)(data - body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct__form form;
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    char *type = strndup((const char *)data, length);
    FUZZ_CHECK(type);
    const char *body = (const char *)data + length + (end != NULL);
    size = size - length - (end != NULL);
    (void)ct__form_is(type);
    if (!ct__form_read(&form, type, body, size)) {
        FUZZ_CHECK(form.count >= 0 && form.count <= CT__MOST_FIELDS);
        for (int i = 0; i < form.count; i++) {
            check_within(form.fields[i].name, form.fields[i].name_length, body, size);
            check_within(form.fields[i].data, form.fields[i].size, body, size);
        }
        const struct ct__field_part *file = ct__form_find(&form, "file");
        FUZZ_CHECK(!file || file->name_length == 4);
    }
    free(type);
    return 0;
}
