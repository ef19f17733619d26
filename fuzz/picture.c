// SPDX-License-Identifier: Apache-2.0
// Still pictures of any bytes: what they are, what their headers say, and the picture itself, small
// ones only.
#include "media/picture.h"
#include "fuzz.h"

enum { MOST_PIXELS = 1 << 14 };

static void check_frame(const ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    FUZZ_CHECK(picture->width > 0 && picture->height > 0);
    FUZZ_CHECK(picture->width * (int64_t)picture->height <= MOST_PIXELS);
    FUZZ_CHECK(picture->data[0] && picture->stride[0] >= picture->width);
    // A sanitizer sees whether the last row is memory of the frame.
    volatile uint8_t last = picture->data[0][picture->stride[0] * (picture->height - 1)];
    (void)last;
}

static void decode(const uint8_t *data, size_t size, bool whole)
{
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    FUZZ_CHECK(!ct__pool_create(&pool));
    int error = whole ? ct__picture_decode_whole(data, size, "fuzz", MOST_PIXELS, pool, &frame)
                      : ct__picture_decode(data, size, "fuzz", MOST_PIXELS, pool, &frame);
    FUZZ_CHECK((error == 0) == (frame != NULL));
    if (!error)
        check_frame(frame);
    ct_frame_unref(&frame);
    ct__pool_unref(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum ct__picture_kind kind = ct__picture_sniff(data, size);
    FUZZ_CHECK(kind >= CT__PICTURE_NONE && kind <= CT__PICTURE_OTHER);
    struct ct__picture_header header = {0};
    if (!ct__picture_header(data, size, "fuzz", &header)) {
        FUZZ_CHECK(header.orientation >= 1 && header.orientation <= 8);
        FUZZ_CHECK(memchr(header.container, 0, sizeof header.container));
    }
    decode(data, size, false);
    decode(data, size, true);
    return 0;
}
