// SPDX-License-Identifier: Apache-2.0
// The made picture, trimap and mask of tools/oracle/matting.py, from integers alone.
#ifndef CT_TESTS_SCENE_H
#define CT_TESTS_SCENE_H

#include "frame/frame.h"

enum { SCENE_WIDTH = 40, SCENE_HEIGHT = 32 };

struct scene {
    ct_frame *image, *trimap, *mask;
};

static inline uint8_t *scene_pixel(ct_frame *frame, int x, int y, int step)
{
    return ct_frame_writable(frame, 0) + y * ct_frame_picture(frame)->stride[0] + x * step;
}

static inline uint32_t scene_noise(uint32_t *state)
{
    return *state = *state * 1664525u + 1013904223u;
}

static inline int scene_clip(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

static inline void scene_paint(struct scene *scene, int x, int y, uint32_t *state)
{
    int d = (x - 20) * (x - 20) + (y - 16) * (y - 16);
    int wide = (x - 18) * (x - 18) + (y - 12) * (y - 12);
    int a = scene_clip((110 - d) * 4 + 128, 256);
    if ((x * 7 + y * 3) % 5 == 0)
        a = a * 3 / 4;
    *scene_pixel(scene->trimap, x, y, 1) = d < 60 ? 255 : d > 200 ? 0 : 128;
    for (int c = 0; c < 3; c++) {
        int front = 200 - 40 * c, back = 40 + 3 * (c == 0 ? x : y);
        scene_pixel(scene->image, x, y, 3)[c] =
            (uint8_t)((a * front + (256 - a) * back) / 256 + (int)(scene_noise(state) >> 30));
    }
    uint32_t noise = scene_noise(state);
    *scene_pixel(scene->mask, x, y, 1) =
        noise >> 24 > 1 ? (uint8_t)scene_clip((260 - wide) * 2 + 128, 255) : noise >> 16 & 255;
}

static inline void scene_make(struct scene *scene)
{
    uint32_t state = 1;
    ct_frame_create(&scene->image, CT_FORMAT_RGB, SCENE_WIDTH, SCENE_HEIGHT);
    ct_frame_create(&scene->trimap, CT_FORMAT_GREY, SCENE_WIDTH, SCENE_HEIGHT);
    ct_frame_create(&scene->mask, CT_FORMAT_GREY, SCENE_WIDTH, SCENE_HEIGHT);
    for (int y = 0; y < SCENE_HEIGHT; y++)
        for (int x = 0; x < SCENE_WIDTH; x++)
            scene_paint(scene, x, y, &state);
}

static inline void scene_finish(struct scene *scene)
{
    ct_frame_unref(&scene->image);
    ct_frame_unref(&scene->trimap);
    ct_frame_unref(&scene->mask);
}

#endif
