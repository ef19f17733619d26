// SPDX-License-Identifier: Apache-2.0
// Which cameras the kernel knows, for a program's own list.
#include <chiton/machine.h>
#include <stdio.h>

#include "base/text.h"
#ifdef CT_HAVE_V4L2
#include "sources/v4l2_device.h"

#include <errno.h>
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
#else
enum { NODES = 0 };

static bool describe(int number, struct ct_camera *camera)
{
    (void)number;
    (void)camera;
    return false;
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
