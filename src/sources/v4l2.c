// SPDX-License-Identifier: Apache-2.0
// A camera that the kernel knows: a mode is chosen for what is wanted, then pictures are taken from
// the driver's own buffers, and only those that are wanted become frames.
#include "sources/camera.h"
#include "sources/v4l2_device.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

extern const struct ct__source_class ct__source_v4l2;

enum { PATH_SIZE = 256, VIDEO_MAJOR = 81 }; // Linux's number for the devices of V4L2

struct v4l2 {
    struct ct__camera camera;
    struct ct__v4l2_device device;
};

static int match(const char *input)
{
    struct stat status;
    if (strncmp(input, "v4l2:", 5) == 0)
        return 100;
    bool device = stat(input, &status) == 0 && S_ISCHR(status.st_mode);
    return device && major(status.st_rdev) == VIDEO_MAJOR ? 100 : 0;
}

static void close_v4l2(struct ct__source *source)
{
    struct v4l2 *v4l2 = (struct v4l2 *)source;
    ct__v4l2_close(&v4l2->device);
    ct__camera_finish(&v4l2->camera);
    ct__free(v4l2);
}

// ---- opening

static enum ct_matrix matrix_of(const struct v4l2_pix_format *pixels)
{
    uint32_t encoding = pixels->ycbcr_enc;
    if (pixels->colorspace == V4L2_COLORSPACE_DEFAULT && !encoding)
        return CT_MATRIX_AUTO;
    if (!encoding)
        encoding = V4L2_MAP_YCBCR_ENC_DEFAULT(pixels->colorspace);
    if (encoding == V4L2_YCBCR_ENC_709 || encoding == V4L2_YCBCR_ENC_XV709)
        return CT_MATRIX_BT709;
    return encoding == V4L2_YCBCR_ENC_BT2020 ? CT_MATRIX_BT2020 : CT_MATRIX_BT601;
}

static enum ct_range range_of(const struct v4l2_pix_format *pixels)
{
    bool full = pixels->quantization == V4L2_QUANTIZATION_FULL_RANGE ||
                (!pixels->quantization && pixels->colorspace == V4L2_COLORSPACE_JPEG);
    return full ? CT_RANGE_FULL : CT_RANGE_AUTO;
}

static struct ct__camera_form form_of(const struct ct__v4l2_format *format,
                                      const struct v4l2_pix_format *pixels)
{
    bool fits = pixels->width <= INT32_MAX && pixels->height <= INT32_MAX;
    return (struct ct__camera_form){
        .layout = format->layout,
        .format = format->format,
        .width = fits ? (int)pixels->width : 0,
        .height = fits ? (int)pixels->height : 0,
        .stride = pixels->bytesperline,
        .matrix = matrix_of(pixels),
        .range = range_of(pixels),
    };
}

static int choose(struct v4l2 *v4l2, const struct ct__camera_wish *wish, struct ct__v4l2_mode *mode)
{
    struct ct__v4l2_mode *list = ct__calloc(CT__V4L2_MAX_MODES, sizeof *list);
    if (!list)
        return ct__fail_memory(v4l2->camera.input);
    int count = ct__v4l2_modes(&v4l2->device, wish, list, CT__V4L2_MAX_MODES);
    const struct ct__v4l2_mode *best = ct__v4l2_choose(list, count, wish);
    if (best)
        *mode = *best;
    ct__free(list);
    return best ? CT_OK
                : ct__fail(CT_ERROR_UNSUPPORTED, v4l2->camera.input,
                           "%s has no format that is known here", v4l2->device.card);
}

static int start(struct v4l2 *v4l2, const struct ct__camera_wish *wish)
{
    struct ct__camera *camera = &v4l2->camera;
    struct v4l2_pix_format got;
    struct ct__v4l2_mode mode;
    int error = choose(v4l2, wish, &mode);
    if (!error)
        error = ct__v4l2_set(&v4l2->device, &mode, &got);
    if (error)
        return error;
    struct ct__camera_form form = form_of(mode.format, &got);
    error = ct__camera_set_form(camera, &form);
    if (!error)
        error = ct__v4l2_start(&v4l2->device, ct__camera_picture_size(&camera->form));
    if (error)
        return error;
    camera->rate_num = mode.rate_num;
    camera->rate_den = mode.rate_den;
    ct__log(CT_LOG_INFO, camera->input, "%s: %s, %d x %d, %.4g frames a second", v4l2->device.card,
            mode.format->name, form.width, form.height, (double)mode.rate_num / mode.rate_den);
    return CT_OK;
}

static int open_device(struct v4l2 *v4l2, const char *input, const struct ct__source_params *params)
{
    char path[PATH_SIZE];
    struct ct__camera_wish wish;
    int error = ct__camera_wish(input, params, &wish);
    if (!error && !ct__v4l2_path(input, path, sizeof path))
        error = ct__fail(CT_ERROR_INVALID, input, "a path of more than %d bytes", PATH_SIZE - 1);
    if (!error)
        error = ct__v4l2_open(&v4l2->device, path, v4l2->camera.input);
    return error ? error : start(v4l2, &wish);
}

static int open_v4l2(struct ct__source **out, const char *input,
                     const struct ct__source_params *params)
{
    struct v4l2 *v4l2 = ct__calloc(1, sizeof *v4l2);
    if (!v4l2)
        return ct__fail_memory(input);
    int error = ct__camera_init(&v4l2->camera, &ct__source_v4l2, input, params);
    if (!error)
        error = open_device(v4l2, input, params);
    if (error)
        close_v4l2(&v4l2->camera.head);
    else
        *out = &v4l2->camera.head;
    return error;
}

// ---- reading

static int look(struct v4l2 *v4l2, const struct ct__v4l2_picture *picture, struct ct__pool *pool,
                ct_frame **frame)
{
    struct ct__camera *camera = &v4l2->camera;
    struct ct_frame_info info;
    ct__camera_count(camera, picture->sequence);
    if (picture->damaged || picture->size < ct__camera_picture_size(&camera->form)) {
        ct__camera_damage(camera);
        return CT_OK;
    }
    if (camera->elementary) {
        struct ct__camera_packet packet = {picture->data, picture->size, picture->key,
                                           picture->capture_ns};
        return ct__camera_follow(camera, &packet, pool, frame);
    }
    if (!ct__camera_wants(camera, picture->capture_ns, &info))
        return CT_OK;
    return ct__camera_frame(camera, picture->data, picture->size, &info, pool, frame);
}

// One picture, if one comes within a short turn. A device that failed is not asked again.
static int step(struct v4l2 *v4l2, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__v4l2_picture picture;
    int taken = ct__v4l2_take(&v4l2->device, &picture);
    int error = taken < 0 ? taken : CT_OK;
    if (taken > 0) {
        error = look(v4l2, &picture, pool, frame);
        int refused = ct__v4l2_give_back(&v4l2->device, &picture);
        error = error ? error : refused;
    }
    if (error)
        ct_frame_unref(frame);
    v4l2->camera.failed = v4l2->camera.failed || error == CT_ERROR_IO;
    return error;
}

static int read_v4l2(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                     const char **failed)
{
    struct v4l2 *v4l2 = (struct v4l2 *)source;
    int64_t begin = ct__now_ns();
    ct_frame *found = NULL;
    int error = CT_OK;
    *failed = NULL;
    *frame = NULL;
    while (!error && !found) {
        error = ct__camera_turn(&v4l2->camera, begin);
        if (!error)
            error = step(v4l2, pool, &found);
    }
    *frame = found;
    return error == CT__CAMERA_IDLE ? CT_OK : error;
}

const struct ct__source_class ct__source_v4l2 = {
    .name = "v4l2",
    .help = "a camera of this machine: v4l2:0, v4l2:/dev/video0 or /dev/video0",
    .match = match,
    .open = open_v4l2,
    .read = read_v4l2,
    .want = ct__camera_want,
    .expected = ct__camera_expected,
    .rate = ct__camera_rate,
    .interrupt = ct__camera_interrupt,
    .close = close_v4l2,
};
