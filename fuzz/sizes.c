// SPDX-License-Identifier: Apache-2.0
// Sizes as people write them: "640x480" alone, before the format and rate of raw pixels, and in the
// name of a synthetic source.
#include "base/text.h"
#include "frame/frame.h"
#include "fuzz.h"
#include "sources/source.h"

enum { MOST_PIXELS = 1 << 16 };

static void check_size(const char *text)
{
    int width = -1, height = -1;
    const char *end = ct__parse_size(text, &width, &height);
    if (!end) {
        FUZZ_CHECK(width == -1 && height == -1);
        return;
    }
    FUZZ_CHECK(width >= 0 && width <= 99999 && height >= 0 && height <= 99999);
    FUZZ_CHECK(end >= text + 3 && end <= text + 11 && (size_t)(end - text) <= strlen(text));
}

static void check_raw(const char *text)
{
    struct ct__raw_form form = {CT_FORMAT_NONE, 0, 0, 0, 0};
    if (ct__raw_parse(text, &form)) {
        FUZZ_CHECK(!form.format);
        return;
    }
    FUZZ_CHECK(form.format && form.width > 0 && form.width <= 65535);
    FUZZ_CHECK(form.height > 0 && form.height <= 65535);
    FUZZ_CHECK(form.rate_num > 0 && form.rate_den > 0);
}

// A source that opens gives pictures of a size that was allowed.
static void check_synthetic(const char *text)
{
    struct ct__source_params params = {.max_pixels = MOST_PIXELS};
    struct ct__source *source = NULL;
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    const char *failed = NULL;
    char name[320];
    snprintf(name, sizeof name, "synthetic:walkers?n=1&frames=1&size=%s", text);
    if (ct__source_open(&source, name, &params))
        return;
    FUZZ_CHECK(!ct__pool_create(&pool));
    FUZZ_CHECK(!source->class->read(source, pool, &frame, &failed));
    const struct ct_picture *picture = ct_frame_picture(frame);
    FUZZ_CHECK(picture->width >= 16 && picture->height >= 16);
    FUZZ_CHECK((int64_t)picture->width * picture->height <= MOST_PIXELS);
    ct_frame_unref(&frame);
    ct__source_close(&source);
    ct__pool_unref(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    char *text = fuzz_text(&bytes, 255);
    check_size(text);
    check_raw(text);
    check_synthetic(text);
    free(text);
    return 0;
}
