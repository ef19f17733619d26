// SPDX-License-Identifier: Apache-2.0
// A family of models: how it is recognised, how it wants its picture, and what its outputs mean.
// Pure functions over descriptions and numbers: a family never sees a runtime, a thread or a file.
//
// To add one: a file with one `const struct ct__family ct__family_NAME` at its bottom, and its name
// in meson.build.
#ifndef CT_MODELS_FAMILY_H
#define CT_MODELS_FAMILY_H

#include "frame/box.h"
#include "frame/letterbox.h"
#include "frame/mask.h"
#include "frame/prompts.h"
#include "frame/result.h"
#include "frame/tensor.h"
#include "frame/turned.h"
#include "image/prepare.h"
#include "image/resample.h"

// How a model is to be used: filled by the family's configure(), then overridden by the user, then
// constant.
struct ct__usage {
    const struct ct__family *family;
    struct ct__input_spec input;
    enum ct__fit fit;
    int width, height; // of the input; 0: the family chooses for each picture with size()
    int stride;        // sides that somebody chooses are multiples of it; 1: any
    float conf;        // least score
    struct ct__nms nms;
    bool no_overlaps;          // the graph itself drops overlapping boxes: nms.iou is not used
    int class_count;           // 0: the outputs do not tell; set it to the labels' count then
    const char *const *labels; // class_count of them
    const bool *wanted;        // class_count flags, or NULL for all
    // For the family itself: which form of its outputs, and how many values beside box and classes.
    int kind, extra;
};

// Memory of one lane, reused from frame to frame. Zero-initialise.
struct ct__scratch {
    struct ct__boxes boxes;
    // Where the boxes are turned: boxes are their hulls, and index is the place of the box here.
    struct ct__turned_boxes turned;
    bool shares;          // for the family itself: coordinates are shares of the input
    struct ct__runs runs; // of the mask of one object
    void *field;          // numbers behind it
    size_t field_size;
    uint8_t *map; // of a matte, on the canvas
    size_t map_size;
    struct ct__resample *resample; // its way to the source
};
void ct__scratch_finish(struct ct__scratch *scratch);

struct ct__family {
    const char *name;
    const char *help;
    // Used where nothing else names the classes and there are as many; ends with NULL; may be NULL.
    const char *const *preset_labels;
    bool may_have_fewer; // then fewer classes are the first of those
    bool of_picture;     // what it finds is said of the whole picture: classes, not objects

    // How sure it is that the graph is of this family, 0 to 100.
    int (*recognise)(const struct ct__graph *graph);

    // Fills the usage from the graph; CT_ERROR_FORMAT with a sentence under `scope` if the shapes
    // do not fit after all (a family may be named by the user). Sets class_count, input, fit, sizes
    // (0 where open), conf, nms, kind.
    int (*configure)(const struct ct__graph *graph, const char *scope, struct ct__usage *usage);

    // Input size for one picture, for families without a fixed one; NULL: usage's own, or 640 x
    // 640.
    void (*size)(const struct ct__usage *usage, int picture_width, int picture_height, int *width,
                 int *height);

    // How large the open dimensions of further inputs, but the first of each, are for these
    // prompts. NULL: the family takes none, and they are 1.
    int (*points)(const struct ct__prompts *prompts);

    // Writes input `index`, from 1, of a graph that has more than the picture; its open dimensions
    // are 1 or what points() says. Prompts lie within the picture. configure() has found all inputs
    // right. NULL: the family knows of no further input.
    void (*fill)(const struct ct__usage *usage, int index, const struct ct__letterbox *box,
                 const struct ct__prompts *prompts, const struct ct__tensor *input);

    // Which output of the last run is input `input` of this one, or -1; zeros, and open dimensions
    // of 1, where there was none. NULL: runs know nothing of each other. Such a model sees the
    // frames of a stream one after the other.
    int (*carry)(const struct ct__usage *usage, int input);

    // Collects candidates above usage->conf into scratch->boxes, in canvas coordinates, score and
    // class set, index = its anchor. Reads only within the shapes of `outputs` (count as the
    // graph's; any shape may come: check, CT_ERROR_FORMAT). NaN is no detection.
    int (*decode)(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch);

    // Adds what a kept box has beside its corners to `object`: points in canvas coordinates, a mask
    // in pixels of the source whose runs may lie in `scratch`. From the same outputs as decode()
    // found right; kept->index is what decode() set, its corners are those of the source by now.
    // May be NULL.
    int (*detail)(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, const struct ct__box *kept,
                  struct ct__scratch *scratch, struct ct_object *object);

    // Adds the mattes of the wanted classes to `result`, whose width and height are set, in pixels
    // of the source, by class; checks shapes as decode() does, in place of which it stands. NULL: a
    // family of objects.
    int (*matte)(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result);
};

// All families in the order of meson.build, ended by NULL.
const struct ct__family *const *ct__families(void);

// Finds the family: by `name` if given (CT_ERROR_INVALID names the nearest), else the surest above
// 50; CT_ERROR_FORMAT names the outputs found and the families that came close, also on a tie.
int ct__family_find(const struct ct__graph *graph, const char *scope, const char *name,
                    const struct ct__family **family);

// From outputs to a result in source pixels: decode, drop unwanted classes, map back, NMS, clamp,
// drop areas under 1 pixel, detail, labels; or matte. Adds objects (or classes, or mattes) to
// `result`, which the caller has emptied, and sets its width and height. The two times, if not
// NULL, get the nanoseconds of decoding (with mapping) and of NMS.
int ct__family_result(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, struct ct__scratch *scratch,
                      struct ct__result *result, int64_t *decode_ns, int64_t *nms_ns);

#endif
