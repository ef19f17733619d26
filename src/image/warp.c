// SPDX-License-Identifier: Apache-2.0
// The network behind it takes seconds for a picture: plain C in double precision is quick enough.
#include "image/warp.h"

#include "base/log.h"
#include "base/mem.h"
#include "image/convert.h"
#include "image/values.h"

// The picture as RGB: itself, or a copy that is valid until the next call.
static int take_rgb(struct ct__warp *warp, const struct ct_picture *picture,
                    const struct ct_picture **rgb)
{
    *rgb = picture;
    if (picture->format == CT_FORMAT_RGB)
        return CT_OK;
    const struct ct_picture *kept = warp->rgb ? ct_frame_picture(warp->rgb) : NULL;
    if (kept && (kept->width != picture->width || kept->height != picture->height))
        ct_frame_unref(&warp->rgb);
    int error = warp->rgb
                    ? CT_OK
                    : ct_frame_create(&warp->rgb, CT_FORMAT_RGB, picture->width, picture->height);
    error = error ? error : ct__convert(warp->rgb, picture);
    *rgb = error ? NULL : ct_frame_picture(warp->rgb);
    return error;
}

static int make_taps(struct ct__warp *warp, int count, double step, int length)
{
    if (count > warp->tap_count) {
        ct__free(warp->taps);
        warp->taps = ct__alloc((size_t)count * sizeof *warp->taps);
        warp->tap_count = warp->taps ? count : 0;
        if (!warp->taps)
            return ct__fail_memory("prepare");
    }
    for (int x = 0; x < count; x++)
        warp->taps[x] = ct__warp_tap(step * x, length);
    return CT_OK;
}

// One sample of a channel; `line` and `pixel` say where.
static double sample(const uint8_t *first, const uint8_t *second, const struct ct__warp_tap *line,
                     const struct ct__warp_tap *pixel, int c)
{
    double sum = first[3 * pixel->at + c] * line->weight * pixel->weight;
    sum += first[3 * pixel->next + c] * line->weight * pixel->next_weight;
    sum += second[3 * pixel->at + c] * line->next_weight * pixel->weight;
    sum += second[3 * pixel->next + c] * line->next_weight * pixel->next_weight;
    return floor(sum);
}

static void write_row(const struct ct__warp *warp, const struct ct_picture *rgb,
                      const struct ct__letterbox *box, const struct ct__input_spec *spec, int y,
                      const struct ct__warp_tap *line, float *data)
{
    const uint8_t *first = rgb->data[0] + (line->at < 0 ? 0 : line->at) * rgb->stride[0];
    const uint8_t *second = rgb->data[0] + line->next * rgb->stride[0];
    for (int c = 0; c < 3; c++) {
        const struct ct__channel channel = ct__channel_of(box, spec->layout, c);
        float *to = data + channel.first + (size_t)y * channel.stride;
        int from = spec->bgr ? 2 - c : c;
        for (int x = 0; x < box->canvas_width; x++) {
            const struct ct__warp_tap *pixel = &warp->taps[x];
            bool outside = line->at < 0 || pixel->at < 0;
            double value = outside ? (double)spec->pad : sample(first, second, line, pixel, from);
            to[(size_t)x * channel.step] = ((float)value - spec->mean[c]) * spec->scale[c];
        }
    }
}

int ct__warp_run(struct ct__warp *warp, const struct ct_picture *picture,
                 const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data)
{
    const struct ct_picture *rgb;
    double step = 1 / ct__warp_scale(box);
    if (spec->type != CT_TYPE_F32)
        return ct__fail(CT_ERROR_INVALID, "prepare", "%s: this family takes float32",
                        ct__type_name(spec->type));
    int error = take_rgb(warp, picture, &rgb);
    error = error ? error : make_taps(warp, box->canvas_width, step, box->source_width);
    for (int y = 0; y < box->canvas_height && !error; y++) {
        const struct ct__warp_tap line = ct__warp_tap(step * y, box->source_height);
        write_row(warp, rgb, box, spec, y, &line, data);
    }
    return error;
}

void ct__warp_finish(struct ct__warp *warp)
{
    ct_frame_unref(&warp->rgb);
    ct__free(warp->taps);
    *warp = (struct ct__warp){0};
}
