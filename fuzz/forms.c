// SPDX-License-Identifier: Apache-2.0
// Inputs that are described by a text: raw pixels, and the made worlds of "synthetic:". The first
// byte says which.
#include "fuzz.h"
#include "sources/source.h"

enum { MOST_PIXELS = 1 << 14 };

static void parse_raw(const char *text)
{
    struct ct__raw_form form = {0};
    if (ct__raw_parse(text, &form))
        return;
    FUZZ_CHECK(form.format != CT_FORMAT_NONE);
    FUZZ_CHECK(form.width > 0 && form.width <= 65535 && form.height > 0 && form.height <= 65535);
    FUZZ_CHECK(form.rate_num > 0 && form.rate_den > 0);
}

static void open_world(const char *text)
{
    static const struct ct__source_params params = {.max_pixels = MOST_PIXELS};
    struct ct__source *source = NULL;
    struct ct__pool *pool = NULL;
    char name[512];
    snprintf(name, sizeof name, "synthetic:walkers?%s", text);
    if (ct__source_open(&source, name, &params))
        return;
    FUZZ_CHECK(!ct__pool_create(&pool));
    for (int i = 0; i < 2; i++) {
        ct_frame *frame = NULL;
        const char *failed = NULL;
        if (source->class->read(source, pool, &frame, &failed))
            break;
        const struct ct_picture *picture = ct_frame_picture(frame);
        FUZZ_CHECK(picture->width * (int64_t)picture->height <= MOST_PIXELS);
        ct_frame_unref(&frame);
    }
    ct__source_close(&source);
    ct__pool_unref(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    char *text = strndup((const char *)data + 1, size - 1);
    if (data[0] == 'r')
        parse_raw(text);
    else
        open_world(text);
    free(text);
    return 0;
}
