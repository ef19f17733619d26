// SPDX-License-Identifier: Apache-2.0
// The inside of a frame, and pools that hand out frames without allocating.
#ifndef CT_FRAME_FRAME_H
#define CT_FRAME_FRAME_H

#include <stdatomic.h>
#include <stdbool.h>

#include <chiton/result.h>

struct ct__pool;

// What a synthetic source knows of a frame. The memory stays with the frame through its pool.
struct ct__truth {
    bool known; // whether the source knows at all; an empty picture is knowledge too
    int count, capacity;
    struct ct_truth *items;
};

// What a picture's file says beside its 8-bit pixels, where whoever reads it wants to write it
// again. The memory stays with the frame through its pool.
struct ct__extras {
    uint8_t *profile; // ICC
    size_t profile_size, profile_capacity;
    uint16_t *deep; // the pixels again, RGBA of 16 bits without gaps between rows; see has_deep
    size_t deep_capacity;
    bool has_deep;
};

// What goes with all frames of a clip, such as its sound: destroyed with the last reference. Any
// thread.
struct ct__company {
    atomic_int references;
    void (*destroy)(struct ct__company *company);
};

// One more reference to the same, which is returned; drops one and sets the pointer to NULL. Both
// accept NULL.
struct ct__company *ct__company_ref(struct ct__company *company);
void ct__company_unref(struct ct__company **company);

struct ct_frame {
    atomic_int references;
    struct ct_picture picture;
    struct ct_frame_info info;
    const char *name; // path of the picture within a set, or NULL; the source's, which lives longer
    uint8_t *memory;  // own pixels, or NULL if they belong to somebody else
    size_t memory_size;
    struct ct__truth truth;
    struct ct__extras extras;
    struct ct__company *company;   // a reference, or NULL
    void (*release)(void *opaque); // of somebody else's pixels
    void *opaque;
    struct ct__pool *pool; // where the shell goes back to, or NULL
    struct ct_frame *next; // in the pool
};

// A pool of frames: shells with their own pixels are used again if they are large enough.
// Reference-counted by the frames that are out: ct__pool_unref() may come before the last frame
// returns. Any thread.
int ct__pool_create(struct ct__pool **out);
void ct__pool_unref(struct ct__pool **pool);

// As ct_frame_create() and ct_frame_wrap(), from the pool; allocate only when the pool has no
// fitting frame.
int ct__pool_frame(struct ct__pool *pool, ct_frame **out, enum ct_format format, int width,
                   int height);
int ct__pool_wrap(struct ct__pool *pool, ct_frame **out, const struct ct_picture *picture,
                  void (*release)(void *), void *opaque);

// Adds a figure to what is known of a frame, NULL for none: an empty picture. The frame must not be
// shared. CT_ERROR_MEMORY; allocates only where a frame of the pool never had so many.
int ct__frame_add_truth(ct_frame *frame, const struct ct_truth *truth);

// Gives a frame, which must not be shared, a copy of an ICC profile; CT_ERROR_MEMORY.
int ct__frame_set_profile(ct_frame *frame, const uint8_t *profile, size_t size);

// Gives a frame, which must not be shared, room for its pixels in 16 bits; CT_ERROR_MEMORY.
int ct__frame_make_deep(ct_frame *frame);

// Copies the pixels to planes that have the format and size of `from`; CT_ERROR_INVALID for a
// format that does not exist.
int ct__picture_copy(uint8_t *const data[CT_MAX_PLANES], const ptrdiff_t stride[CT_MAX_PLANES],
                     const struct ct_picture *from);

#endif
