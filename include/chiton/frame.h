// SPDX-License-Identifier: Apache-2.0
// A frame: one picture with its time. Frames are shared by reference and immutable while shared:
// whoever holds the only reference may write. Counting references is safe from any thread; writing
// is the sole holder's business.
#ifndef CHITON_FRAME_H
#define CHITON_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <chiton/error.h>

#ifdef __cplusplus
extern "C" {
#endif

// How pixels lie in memory; 8 bits a sample. Planar formats: planes in the order of their letters.
// Chroma planes of odd sizes are rounded up.
enum ct_format {
    CT_FORMAT_NONE = 0,
    CT_FORMAT_I420, // Y, then U and V at half width and half height
    CT_FORMAT_NV12, // Y, then one plane of U,V pairs at half width and half height
    CT_FORMAT_I422, // Y, then U and V at half width
    CT_FORMAT_I444, // Y, U, V at full size
    CT_FORMAT_GREY, // Y alone
    CT_FORMAT_RGB,  // one plane, 3 bytes a pixel: R,G,B
    CT_FORMAT_BGR,  // one plane, 3 bytes a pixel: B,G,R
    CT_FORMAT_RGBA, // one plane, 4 bytes a pixel; alpha is carried, models do not see it
    CT_FORMAT_BGRA,
};

// How Y,U,V relate to R,G,B (ITU-T H.273 MatrixCoefficients). Zero: BT.601 under 720 lines, else
// BT.709.
enum ct_matrix { CT_MATRIX_AUTO = 0, CT_MATRIX_BT601, CT_MATRIX_BT709, CT_MATRIX_BT2020 };

// Whether Y runs from 16 to 235 (limited) or 0 to 255 (full). Zero: limited for Y,U,V formats, full
// for grey.
enum ct_range { CT_RANGE_AUTO = 0, CT_RANGE_LIMITED, CT_RANGE_FULL };

#define CT_MAX_PLANES 3
#define CT_NO_TIME    INT64_MIN

// The pixels of a frame: a description only, it owns nothing.
struct ct_picture {
    enum ct_format format;
    enum ct_matrix matrix;
    enum ct_range range;
    int width, height;                  // in pixels, 1 to 65,535
    const uint8_t *data[CT_MAX_PLANES]; // top-left sample of each plane; unused planes are NULL
    ptrdiff_t stride[CT_MAX_PLANES];    // bytes from a row to the next
};

// When and where a frame was taken.
struct ct_frame_info {
    uint64_t number;    // counts the frames of one input from 0
    int64_t pts_ns;     // presentation time since the start of its input, or CT_NO_TIME
    int64_t capture_ns; // monotonic clock when the frame reached this process
    int64_t wall_ns;    // UTC since 1970 of the capture for live input, else CT_NO_TIME
};

typedef struct ct_frame ct_frame;

// Creates a frame of undefined pixels in one allocation, rows aligned to 64 bytes; the caller holds
// its one reference. CT_ERROR_INVALID for a size outside 1 to 65,535 or an unknown format.
CT_API int ct_frame_create(ct_frame **out, enum ct_format format, int width, int height);

// Creates a frame around pixels that belong to somebody else: nothing is copied. `release(opaque)`
// is called exactly once, on the thread that drops the last reference; on failure it is called
// before the return.
CT_API int ct_frame_wrap(ct_frame **out, const struct ct_picture *picture,
                         void (*release)(void *opaque), void *opaque);

// One more reference to the same frame; returns its argument.
CT_API ct_frame *ct_frame_ref(ct_frame *frame);

// Drops a reference and sets the pointer to NULL; accepts NULL.
CT_API void ct_frame_unref(ct_frame **frame);

// The pixels; valid while the caller holds a reference.
CT_API const struct ct_picture *ct_frame_picture(const ct_frame *frame);

// The time; valid while the caller holds a reference.
CT_API const struct ct_frame_info *ct_frame_info(const ct_frame *frame);

// The first byte of a plane for writing, or NULL while the frame is shared or wraps pixels of
// somebody else.
CT_API uint8_t *ct_frame_writable(ct_frame *frame, int plane);

// Sets the time; CT_ERROR_INVALID while the frame is shared.
CT_API int ct_frame_set_info(ct_frame *frame, const struct ct_frame_info *info);

// Sets matrix and range; CT_ERROR_INVALID while the frame is shared.
CT_API int ct_frame_set_colour(ct_frame *frame, enum ct_matrix matrix, enum ct_range range);

#ifdef __cplusplus
}
#endif
#endif
