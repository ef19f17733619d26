// SPDX-License-Identifier: Apache-2.0
// A sidecar: a file beside a model that says what the model itself does not, as YAML:
// `<model>.yaml` or `<model without .onnx>.yaml`. It is a stranger's and may be broken; an error
// names line, column and the nearest key.
#ifndef CT_MODELS_SIDECAR_H
#define CT_MODELS_SIDECAR_H

#include "base/text.h"
#include "models/labels.h"

// What a sidecar says. Zero, NULL or false where it says nothing.
struct ct__sidecar {
    char *path; // NULL without a sidecar
    char *family;
    int width, height;
    bool has_mean, has_scale, has_pad;
    float mean[3], scale[3], pad; // as in prepare.h
    int order;                    // 1: RGB, 2: BGR
    enum ct__layout layout;
    enum ct__fit fit;
    struct ct__labels labels; // a list of names, or
    char *labels_path;        // a file, from where the sidecar is
    float conf, iou;
    int max_objects;
};

// Reads the sidecar of a model, if there is one. CT_ERROR_FORMAT, CT_ERROR_LIMIT, CT_ERROR_MEMORY.
// Zero-initialise, finish with ct__sidecar_finish() whatever it returns.
int ct__sidecar_find(struct ct__sidecar *sidecar, const char *model_path);

// The same from text; `path` is what messages name.
int ct__sidecar_parse(struct ct__sidecar *sidecar, const char *path, const char *text, size_t size);

// Puts what it says of the input over what the family chose. CT_ERROR_INVALID if the graph has no
// such layout. Size, labels and limits are left to the caller, who knows the user's wishes.
int ct__sidecar_apply(const struct ct__sidecar *sidecar, const struct ct__graph *graph,
                      struct ct__usage *usage);

// Appends how a configured model has its picture prepared, in the words of a sidecar: "layout nchw,
// order rgb, fit centre, pad 114, mean 0, scale 0.0039216".
void ct__sidecar_describe(const struct ct__usage *usage, struct ct__text *text);

void ct__sidecar_finish(struct ct__sidecar *sidecar);

#endif
