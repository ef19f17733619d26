// SPDX-License-Identifier: Apache-2.0
// Names of classes: from a file of lines, from a model's metadata, COCO's eighty, ImageNet's
// thousand, or numbers.
#ifndef CT_MODELS_LABELS_H
#define CT_MODELS_LABELS_H

#include "models/family.h"

enum { CT__MAX_LABELS = 65536, CT__MAX_LABEL_SIZE = 255 };

extern const char *const ct__labels_coco[81]; // ends with NULL

// ImageNet's thousand, a hundred lines in each part.
enum { CT__IMAGENET = 1000, CT__IMAGENET_PARTS = 10 };
extern const char *const ct__labels_imagenet[CT__IMAGENET_PARTS];

struct ct__labels {
    char **names; // ends with NULL, where there are any
    int count;
};

// Parses one label a line (CR LF too; a blank line is a class without a name, the end of the file
// is not); at most 65,536 lines of at most 255 bytes.
int ct__labels_parse_lines(struct ct__labels *labels, const char *scope, const char *text,
                           size_t size);

// Parses Ultralytics' `names`: a Python dict "{0: 'person', 1: \"it's\"}" or list "['a', 'b']";
// CT_ERROR_FORMAT otherwise.
int ct__labels_parse_names(struct ct__labels *labels, const char *scope, const char *text);

// How many names such a text has, 0 if it is not well-formed. Allocates and logs nothing.
int ct__labels_count_names(const char *text);

// Adds a copy of a name; CT_ERROR_MEMORY. Zero-initialise.
int ct__labels_add(struct ct__labels *labels, const char *scope, const char *name);
void ct__labels_finish(struct ct__labels *labels);

// The labels of a model, `count` classes: file (if not NULL) > metadata `names` > sidecar
// (`<model>.labels` or `<model without .onnx>.txt` beside it) > the family's preset, if it has as
// many or may have fewer > COCO where count is 80 > for classifiers ImageNet where it is 1000, or
// 1001 with "background" in front > numbers. A file with another count than the model has is
// CT_ERROR_INVALID; metadata or a sidecar with another count is ignored with a warning. Where
// `count` is 0, any count will do, and numbers are 0 to 999.
int ct__labels_find(struct ct__labels *labels, const struct ct__graph *graph,
                    const struct ct__family *family, const char *model_path,
                    const char *labels_path, int count);

// Parses "person,dog,7" into flags (ct__free; `count` of them); an unknown label is
// CT_ERROR_INVALID with the nearest one.
int ct__labels_select(const struct ct__labels *labels, const char *scope, const char *list,
                      bool **wanted);

#endif
