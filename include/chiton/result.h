// SPDX-License-Identifier: Apache-2.0
// A result: what a model saw in one frame. Plain data, read-only for whoever receives it.
#ifndef CHITON_RESULT_H
#define CHITON_RESULT_H

#include <stdint.h>

#include <chiton/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_MAX_POINTS 17

// What the points of an object are.
enum ct_points {
    CT_POINTS_NONE = 0,
    CT_POINTS_LANDMARKS, // a face's five: eyes, nose, corners of the mouth; left first
    CT_POINTS_KEYPOINTS, // seventeen of a body, COCO's order; each with a score
    CT_POINTS_CORNERS,   // four of a turned box, in turn around it; may lie outside of the picture
};

struct ct_point {
    float x, y;  // pixels of the source
    float score; // 0 to 1; 1 where the model gives none
};

// Which pixels of the source picture belong to an object: COCO's uncompressed run lengths. The
// pixels of the whole picture, width x height of the result, are counted down its columns, the
// first column first: so many outside, so many inside, and so on in turn. runs[0] may be 0; the sum
// is width * height. A mask never leaves the box of its object.
struct ct_mask {
    int count; // of the runs; 0: no mask
    const uint32_t *runs;
};

// One detected thing. Coordinates are pixels of the source picture, origin at its top-left corner,
// clamped to it. A turned box has its corners as points; x, y, width, height are its upright hull.
struct ct_object {
    float x, y, width, height;
    float score;       // 0 to 1
    int class_id;      // index of the model's class, from 0
    const char *label; // its name; lives as long as the model
    int64_t id;        // track, from 1; 0 without tracking
    enum ct_points point_kind;
    int point_count;
    struct ct_point points[CT_MAX_POINTS];
    struct ct_mask mask; // its runs live as long as the result
};

// What a synthetic source knows of one figure in its picture.
struct ct_truth {
    int64_t id;                // of the figure in its source, from 1
    int class_id;              // as in ct_object, of COCO's classes
    const char *label;         // constant
    float x, y, width, height; // of the whole figure: also what is hidden or outside the picture
    float visible;             // part of the box that is seen, 0 to 1
};

#define CT_MAX_CLASSES 16

// What a classifier says of a whole picture.
struct ct_class {
    const char *label; // lives as long as the model
    int class_id;
    float score; // its part of all classes, 0 to 1
};

#define CT_MAX_MATTES 32

// How much of each pixel of the source picture belongs to what the model looks for: 0 nothing, 255
// all of it. Rows are `stride` bytes apart, at least `width`.
struct ct_matte {
    int width, height; // of the source picture
    ptrdiff_t stride;
    const uint8_t *alpha; // top-left pixel; lives as long as the result
    int class_id;         // index of the model's class, from 0
    const char *label;    // its name, "foreground" or "person" mostly; lives as long as the model
};

// All of one frame. Objects, and classes, are sorted by falling score. A classifier gives classes
// and no objects, a model of mattes gives these alone, all others objects alone.
struct ct_result {
    const char *source; // the stream's name, else the path of the input or picture
    uint64_t frame;     // number of the frame in its source, from 0
    int64_t pts_ns;     // as in ct_frame_info
    int64_t wall_ns;
    int width, height;  // of the source picture; 0 if it could not be read
    int error;          // 0, or why there is no answer for this frame; then there are no objects
    const char *reason; // the sentence for a person, where error is not 0, else NULL
    int count;
    const struct ct_object *objects;
    int truth_count;
    const struct ct_truth *truth;   // NULL for a source that knows nothing
    int class_count;                // the surest five, or as many as max_objects asks for
    const struct ct_class *classes; // NULL if the model is no classifier
    int matte_count;                // one, or one for each wanted class, by class
    const struct ct_matte *mattes;  // NULL if the model makes none
};

// Writes a result as its line of JSON, without a newline, as much as fits in `size` with a zero at
// its end. Returns the length of the whole text without the zero, as snprintf() does, or
// CT_ERROR_MEMORY. Any thread.
CT_API int64_t ct_result_json(const struct ct_result *result, char *text, size_t size);

// Frees a result that ct_model_run() made and sets the pointer to NULL; accepts NULL.
CT_API void ct_result_destroy(struct ct_result **result);

#ifdef __cplusplus
}
#endif
#endif
