// SPDX-License-Identifier: Apache-2.0
// Which cameras the kernel knows, and what they offer, for a program's own list.
#include <chiton/machine.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#ifdef CT_HAVE_V4L2
#include "base/mem.h"
#include "sources/v4l2_device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 64 };

// What is not there, or no camera, is not in the list; what may not be opened is, with the reason.
static bool describe(int number, struct ct_camera *camera)
{
    struct ct__v4l2_device device = {0};
    char path[32];
    snprintf(path, sizeof path, "/dev/video%d", number);
    int problem = ct__v4l2_probe(&device, path);
    if (problem == ENOENT || problem == ENXIO || problem == ENODEV || problem == ENOTTY ||
        problem == EOPNOTSUPP)
        return false;
    *camera = (struct ct_camera){0};
    snprintf(camera->input, sizeof camera->input, "v4l2:%d", number);
    ct__copy_text(camera->name, sizeof camera->name, problem ? path : device.card);
    ct__copy_text(camera->problem, sizeof camera->problem, problem ? strerror(problem) : "");
    ct__v4l2_close(&device);
    return true;
}

// The best first: formats as they are preferred, then by size, then by rate.
static int compare(const void *left, const void *right)
{
    const struct ct__v4l2_mode *a = left, *b = right;
    int64_t areas[] = {(int64_t)a->width * a->height, (int64_t)b->width * b->height};
    double rates[] = {(double)a->rate_num / a->rate_den, (double)b->rate_num / b->rate_den};
    if (a->format != b->format)
        return a->format->order - b->format->order;
    if (areas[0] != areas[1])
        return areas[0] < areas[1] ? 1 : -1;
    if (a->width != b->width)
        return b->width - a->width;
    return rates[0] < rates[1] ? 1 : rates[0] > rates[1] ? -1 : 0;
}

// All modes of a device without repetition; of a range what two extreme wishes find.
static int list_modes(const struct ct__v4l2_device *device, struct ct__v4l2_mode *modes)
{
    static const struct ct__camera_wish least = {1, 1, true, 1e-6},
                                        most = {INT32_MAX, INT32_MAX, true, 1e6};
    int found = ct__v4l2_modes(device, &least, modes, CT__V4L2_MAX_MODES), count = 0;
    found += ct__v4l2_modes(device, &most, modes + found, CT__V4L2_MAX_MODES);
    qsort(modes, (size_t)found, sizeof *modes, compare);
    for (int i = 0; i < found; i++)
        if (!count || compare(&modes[count - 1], &modes[i]) != 0)
            modes[count++] = modes[i];
    return count;
}

static struct ct_camera_mode describe_mode(const struct ct__v4l2_mode *mode)
{
    struct ct_camera_mode told = {.width = mode->width,
                                  .height = mode->height,
                                  .fps = (double)mode->rate_num / mode->rate_den};
    ct__copy_text(told.format, sizeof told.format, mode->format->name);
    return told;
}

int ct_camera_modes(const char *input, struct ct_camera *camera, struct ct_camera_mode *list,
                    int capacity)
{
    struct ct__v4l2_device device = {0};
    char path[256];
    if (!ct__v4l2_path(input, path, sizeof path))
        return ct__fail(CT_ERROR_INVALID, input, "a path of more than %zu bytes", sizeof path - 1);
    struct ct__v4l2_mode *modes = ct__calloc((size_t)2 * CT__V4L2_MAX_MODES, sizeof *modes);
    int count = modes ? ct__v4l2_open(&device, path, input) : ct__fail_memory(input);
    if (!count) {
        count = list_modes(&device, modes);
        for (int i = 0; i < count && i < capacity; i++)
            list[i] = describe_mode(&modes[i]);
        if (camera) {
            *camera = (struct ct_camera){0};
            ct__copy_text(camera->input, sizeof camera->input, input);
            ct__copy_text(camera->name, sizeof camera->name, device.card);
        }
    }
    ct__v4l2_close(&device);
    ct__free(modes);
    return count;
}
#else
enum { NODES = 0 };

static bool describe(int number, struct ct_camera *camera)
{
    (void)number;
    (void)camera;
    return false;
}

int ct_camera_modes(const char *input, struct ct_camera *camera, struct ct_camera_mode *list,
                    int capacity)
{
    (void)camera, (void)list, (void)capacity;
    return ct__fail(CT_ERROR_UNSUPPORTED, input, "cameras of this system are not known here");
}
#endif

int ct_camera_list(struct ct_camera *list, int capacity)
{
    int count = 0;
    for (int number = 0; number < NODES; number++) {
        struct ct_camera camera;
        if (!describe(number, &camera))
            continue;
        if (count < capacity)
            list[count] = camera;
        count++;
    }
    return count;
}
