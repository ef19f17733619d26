// SPDX-License-Identifier: Apache-2.0
// Results that are filled by families and used again for the next frame.
#ifndef CT_FRAME_RESULT_H
#define CT_FRAME_RESULT_H

#include "base/json.h"

#include <chiton/result.h>

// A result that owns its objects and their masks. `view` is the public one.
struct ct__result {
    struct ct_result view;
    struct ct_object *objects;
    int capacity;
    uint32_t *runs; // of all masks
    size_t run_count, run_capacity;
    struct ct_truth *truth; // memory behind view.truth
    int truth_capacity;
    struct ct_class classes[CT_MAX_CLASSES];
    struct ct_matte mattes[CT_MAX_MATTES];
    uint8_t *alpha[CT_MAX_MATTES]; // memory behind the mattes
    size_t alpha_size[CT_MAX_MATTES];
    char reason[256]; // text behind view.reason
};

// Zero-initialise. Empties for the next frame, keeping memory.
void ct__result_clear(struct ct__result *result);

// Adds a copy of an object and its mask at the end; CT_ERROR_MEMORY, CT_ERROR_LIMIT for masks of
// more than 2^24 runs together.
int ct__result_add(struct ct__result *result, const struct ct_object *object);

// Puts the objects in the order of falling scores; equals keep theirs.
void ct__result_sort(struct ct__result *result);

// Copies what a source knows of the frame; CT_ERROR_MEMORY.
int ct__result_set_truth(struct ct__result *result, const struct ct_truth *truth, int count);
// Makes it the result of a classifier, without classes so far; adds one, as long as there is room.
void ct__result_begin_classes(struct ct__result *result);
void ct__result_add_class(struct ct__result *result, const struct ct_class *class);

// Adds a matte of undefined pixels, of the result's width and height, for a class: `alpha` has rows
// of `stride` bytes (at least the width), 64-byte aligned, and is to be filled. CT_ERROR_MEMORY,
// CT_ERROR_LIMIT for more than CT_MAX_MATTES.
int ct__result_add_matte(struct ct__result *result, int class_id, const char *label,
                         ptrdiff_t stride, uint8_t **alpha);

void ct__result_finish(struct ct__result *result);

// Copies a result with all that it points to, but for labels, into the one block that *copy is. The
// block is used again if it is large enough (*capacity bytes), else it grows; begin with NULL and
// 0, end with ct_result_destroy(). CT_ERROR_MEMORY leaves both as they were.
int ct__result_copy(struct ct_result **copy, size_t *capacity, const struct ct_result *result);

// Appends the line of design "One line of results": an object without a newline. `source`, `frame`,
// `pts` (seconds, 6 decimals, left out without a time), `time` for live input, `width`, `height`,
// `objects`, for a classifier `classes` and for mattes `mattes` as well (what share of the picture
// each covers, not its pixels), or `error` for a frame without an answer; `truth` of a source that
// knows.
void ct__result_json(const struct ct_result *result, struct ct__json *json);

// A mask as an object in COCO's own words; its tools read it as it is.
void ct__result_mask_json(const struct ct_result *result, const struct ct_mask *mask,
                          struct ct__json *json);

#endif
