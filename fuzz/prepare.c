// SPDX-License-Identifier: Apache-2.0
// Pictures of any format, size and stride into any canvas: the tensor is filled, and nothing beside
// planes and tensor is touched.
#include "image/prepare.h"
#include "base/mem.h"
#include "fuzz.h"

enum { MOST_SIDE = 150 };

// A picture whose planes are memory of exactly their size.
static void take_picture(struct ct_picture *picture, struct fuzz_bytes *bytes)
{
    *picture = (struct ct_picture){
        .format = (enum ct_format)(CT_FORMAT_I420 + fuzz_below(bytes, CT_FORMAT_BGRA)),
        .matrix = (enum ct_matrix)fuzz_below(bytes, 4),
        .range = (enum ct_range)fuzz_below(bytes, 3),
        .width = 1 + (int)fuzz_below(bytes, MOST_SIDE),
        .height = 1 + (int)fuzz_below(bytes, MOST_SIDE),
    };
    ptrdiff_t spare = (ptrdiff_t)fuzz_below(bytes, 8);
    for (int p = 0; p < CT_MAX_PLANES; p++) {
        int w = picture->width, h = picture->height;
        bool chroma = p > 0, packed = picture->format >= CT_FORMAT_RGB;
        bool pairs = picture->format == CT_FORMAT_NV12;
        if (chroma && (packed || picture->format == CT_FORMAT_GREY || (pairs && p == 2)))
            break;
        if (chroma && picture->format != CT_FORMAT_I444)
            w = (w + 1) / 2 * (pairs ? 2 : 1);
        if (chroma && (pairs || picture->format == CT_FORMAT_I420))
            h = (h + 1) / 2;
        if (packed)
            w *= picture->format >= CT_FORMAT_RGBA ? 4 : 3;
        picture->stride[p] = w + spare;
        size_t size = (size_t)(picture->stride[p] * (h - 1) + w);
        uint8_t *plane = malloc(size);
        FUZZ_CHECK(plane);
        for (size_t i = 0; i < size; i++)
            plane[i] = (uint8_t)(i * 37);
        picture->data[p] = plane;
    }
}

static void check_tensor(const void *data, size_t count, enum ct_type type)
{
    for (size_t i = 0; type == CT_TYPE_F32 && i < count; i++)
        FUZZ_CHECK(((const float *)data)[i] >= -1.01F && ((const float *)data)[i] <= 1.01F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct ct__prepare *prepare = NULL;
    FUZZ_CHECK(!ct__prepare_create(&prepare));
    int width = 1 + (int)fuzz_below(&bytes, MOST_SIDE),
        height = 1 + (int)fuzz_below(&bytes, MOST_SIDE);
    bool bytes_out = fuzz_byte(&bytes) & 1;
    struct ct__input_spec spec = {
        .layout = fuzz_byte(&bytes) & 1 ? CT__LAYOUT_NHWC : CT__LAYOUT_NCHW,
        .type = bytes_out ? CT_TYPE_U8 : CT_TYPE_F32,
    };
    unsigned way = fuzz_byte(&bytes);
    spec.bgr = way & 1;
    spec.filter = (enum ct__filter)((way >> 1) % 3);
    spec.bare = way >> 3 & 1;
    spec.pad = (float)fuzz_byte(&bytes);
    for (int c = 0; c < 3; c++) {
        spec.mean[c] = bytes_out ? 0 : 127.5F;
        spec.scale[c] = bytes_out ? 1 : 1 / 127.5F;
    }
    size_t count = 3 * (size_t)width * (size_t)height;
    void *tensor = ct__alloc_aligned(count * (bytes_out ? 1 : 4));
    FUZZ_CHECK(tensor);
    // The second picture may be of another geometry.
    for (int i = 0; i < 2; i++) {
        struct ct_picture picture;
        struct ct__letterbox box;
        take_picture(&picture, &bytes);
        enum ct__fit fit = (enum ct__fit)(1 + fuzz_below(&bytes, CT__FIT_TOP_LEFT_FLOOR));
        ct__letterbox_make(&box, fit, picture.width, picture.height, width, height);
        FUZZ_CHECK(box.width >= 1 && box.height >= 1 && box.x >= 0 && box.y >= 0);
        FUZZ_CHECK(box.x + box.width <= width && box.y + box.height <= height);
        if (!ct__prepare_run(prepare, &picture, &box, &spec, tensor))
            check_tensor(tensor, count, spec.type);
        for (int p = 0; p < CT_MAX_PLANES; p++)
            free((void *)picture.data[p]);
    }
    ct__free(tensor);
    ct__prepare_destroy(&prepare);
    return 0;
}
