// SPDX-License-Identifier: Apache-2.0
// What all device cameras share: which of their pictures are wanted, how those become frames, and
// what is counted. One thread at a time, but for `stopped`.
#ifndef CT_SOURCES_CAMERA_H
#define CT_SOURCES_CAMERA_H

#include "base/pacer.h"
#include "media/elementary.h"
#include "sources/source.h"

enum {
    CT__CAMERA_TURN_MS = 25,     // a wait is many of these, so that a stop is seen between them
    CT__CAMERA_DEFAULT_FPS = 30, // asked of a device where nobody says how many
};

// How the bytes of one picture lie in a device's memory.
enum ct__camera_layout {
    CT__CAMERA_PLANES = 0, // as frame.h has them, plane behind plane
    CT__CAMERA_OPAQUE,     // the same, but the fourth byte of a pixel means nothing
    CT__CAMERA_YUYV,       // Y,U,Y,V
    CT__CAMERA_UYVY,       // U,Y,V,Y
    CT__CAMERA_JPEG,
    CT__CAMERA_H264,
};

struct ct__camera_form {
    enum ct__camera_layout layout;
    enum ct_format format; // of the frames; NONE: the decoder decides
    int width, height;
    int64_t stride; // bytes from a row of the first plane to the next; 0: rows without gaps
    enum ct_matrix matrix;
    enum ct_range range;
};

// The size that was wished.
struct ct__camera_wish {
    int width, height;
    bool named; // a person asked for just this; else the most of it that the rate allows
    double fps; // above 0
};

// Head of a camera.
struct ct__camera {
    struct ct__source head;
    char *input; // as a person wrote it
    struct ct__camera_form form;
    struct ct__elementary *elementary; // of H.264, else NULL
    int rate_num, rate_den;            // frames a second, as the device says; 0/1: it does not
    int64_t max_pixels;
    int64_t timeout_ns;
    const atomic_bool *stop; // of somebody else, or NULL
    atomic_bool stopped;
    double fps; // wanted: 0 all, negative none
    struct ct__pacer pacer;
    int64_t came_ns;   // when a whole picture came last, wanted or not
    int64_t start_ns;  // capture time of the first; 0: none yet
    int64_t last_ns;   // capture time of the last
    uint64_t number;   // pictures so far
    uint32_t sequence; // the device's number of the last one
    bool numbered;     // there was a last one
    bool failed;       // it told its failure: what follows is the end
    bool live;         // its reads may end without a picture
    uint64_t shown;    // damaged pictures that reads have ended for
};

// Sets the head up; on failure nothing is left. `camera` is zeroed memory.
int ct__camera_init(struct ct__camera *camera, const struct ct__source_class *class,
                    const char *input, const struct ct__source_params *params);
void ct__camera_finish(struct ct__camera *camera);

// What params say of size and rate. CT_ERROR_INVALID, logged, for a size that is none.
int ct__camera_wish(const char *input, const struct ct__source_params *params,
                    struct ct__camera_wish *wish);

// Checks what a device says of its pictures, and completes it: the size is one that a frame may
// have, rows fit their stride. Opens a decoder where one is needed. CT_ERROR_LIMIT,
// CT_ERROR_FORMAT, CT_ERROR_UNSUPPORTED, CT_ERROR_MEMORY, logged.
int ct__camera_set_form(struct ct__camera *camera, const struct ct__camera_form *form);

// Bytes that a picture has at least; 1 if it is coded.
size_t ct__camera_picture_size(const struct ct__camera_form *form);

// Between two waits of a read that began at `begin_ns`: CT_OK to go on, CT__CAMERA_IDLE to return
// CT_OK without a frame, CT_ERROR_STOPPED, or CT_ERROR_IO, logged, when nothing came for too long.
enum { CT__CAMERA_IDLE = 1 };
int ct__camera_turn(struct ct__camera *camera, int64_t begin_ns);

// Counts what the device's numbers leave out; of H.264 what builds on it is withheld.
void ct__camera_count(struct ct__camera *camera, uint32_t sequence);

// Counts a picture that did not come whole; of H.264 what builds on it is withheld.
void ct__camera_damage(struct ct__camera *camera);

// A whole picture came, taken at `capture_ns` by the device's clock, or CT_NO_TIME. Fills `info`,
// and says whether the picture is wanted; else counts it as passed over.
bool ct__camera_wants(struct ct__camera *camera, int64_t capture_ns, struct ct_frame_info *info);

// Makes a frame of a picture's bytes. A damaged picture is counted, and no frame is given. Pixels
// are copied: a device has few buffers and goes on only with those that it has back.
int ct__camera_frame(struct ct__camera *camera, const uint8_t *data, size_t size,
                     const struct ct_frame_info *info, struct ct__pool *pool, ct_frame **frame);

// The same in one for a picture of H.264: it is decoded if it is wanted or others that are build on
// it, and a frame may be that of an earlier picture. `key`: the device says that it builds on none.
struct ct__camera_packet {
    const uint8_t *data;
    size_t size;
    bool key;
    int64_t capture_ns;
};
int ct__camera_follow(struct ct__camera *camera, const struct ct__camera_packet *packet,
                      struct ct__pool *pool, ct_frame **frame);

// The same for every camera's class.
void ct__camera_want(struct ct__source *source, double fps);
double ct__camera_expected(const struct ct__source *source);
void ct__camera_rate(const struct ct__source *source, int *numerator, int *denominator);
void ct__camera_interrupt(struct ct__source *source);

#endif
