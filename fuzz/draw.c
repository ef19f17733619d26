// SPDX-License-Identifier: Apache-2.0
// Drawing results with any numbers into pictures of any size: nothing beside the picture is
// touched, which a sanitizer sees.
#include "filters/draw.h"
#include "objects.h"

enum { MOST_OBJECTS = 6, MOST_SIDE = 200, CLASSES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    ct_frame *frame = NULL;
    struct ct_object objects[MOST_OBJECTS];
    enum ct_format format = fuzz_byte(&bytes) & 1 ? CT_FORMAT_RGB : CT_FORMAT_I420;
    int width = 1 + (int)fuzz_below(&bytes, MOST_SIDE);
    int height = 1 + (int)fuzz_below(&bytes, MOST_SIDE);
    FUZZ_CHECK(!ct_frame_create(&frame, format, width, height));
    char *label = fuzz_text(&bytes, 40);
    struct ct_result result = {.source = "fuzz", .width = width, .height = height};
    result.objects = objects;
    result.count = (int)fuzz_below(&bytes, MOST_OBJECTS + 1);
    for (int i = 0; i < result.count; i++)
        objects[i] = fuzz_object(&bytes, label);
    struct ct_class classes[CLASSES];
    for (int i = 0; i < CLASSES; i++)
        classes[i] = (struct ct_class){label, (int)fuzz_byte(&bytes), fuzz_float(&bytes)};
    result.classes = classes;
    result.class_count = (int)fuzz_below(&bytes, CLASSES + 1);
    FUZZ_CHECK(!ct__draw_result(frame, &result));
    ct_frame_unref(&frame);
    free(label);
    return 0;
}
