// SPDX-License-Identifier: Apache-2.0
// A model: an ONNX file together with the knowledge of its family: how it wants its input, what its
// outputs mean. One file is loaded once per process, however many models are opened on it.
#ifndef CHITON_MODEL_H
#define CHITON_MODEL_H

#include <chiton/result.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_MAX_RANK 8

enum ct_type {
    CT_TYPE_NONE = 0,
    CT_TYPE_F32,
    CT_TYPE_F16,
    CT_TYPE_F64,
    CT_TYPE_U8,
    CT_TYPE_I8,
    CT_TYPE_I32,
    CT_TYPE_I64,
    CT_TYPE_BOOL,
    CT_TYPE_I16,
    CT_TYPE_U16,
    CT_TYPE_U32,
    CT_TYPE_U64,
    CT_TYPE_OTHER, // exists in ONNX, is of no use here
};

// One input or output of a graph as its file declares it.
struct ct_tensor_info {
    const char *name;
    enum ct_type type;
    int rank;                 // 0 to CT_MAX_RANK
    int64_t dim[CT_MAX_RANK]; // -1 where the file leaves it open
};

// How to open a model. Zero means default in every field.
struct ct_model_params {
    const char *backend; // "auto" (default), "ort", "fake"
    const char *family;  // name of a family; default: recognised from the file
    const char
        *labels; // file with one label a line; default: from the file, else COCO's 80, else numbers
    const char *classes; // keep these alone: labels or numbers, comma separated; default: all
    float conf;          // least score, 0 to 1; default: the family's own
    float iou;       // overlap above which the lower score goes, 0 to 1; default: the family's own
    int max_objects; // at most this many a frame; default 300, of a classifier's classes 5
    int width, height; // input size for models that leave it open; default: the family's own
    int threads;       // threads per run; default 1: the calling thread alone
};

struct ct_model_info {
    const char *path;
    const char *family;
    const char *backend; // the one in use, never "auto"
    int width, height;   // of the input picture
    float conf, iou;     // in force
    int label_count;
    const char *const *labels;
    int input_count, output_count;
    const struct ct_tensor_info *inputs, *outputs;
    int metadata_count; // pairs of the file's own metadata
    const char *const *metadata_keys, *const *metadata_values;
    const char *sidecar;     // the file beside the model that was read, NULL without one
    const char *preparation; // how the picture becomes its input, in the words of a sidecar
};

typedef struct ct_model ct_model;

// Opens a model file. Blocks while it loads (tens of milliseconds). CT_ERROR_NOT_FOUND without the
// file; CT_ERROR_FORMAT if it is no model, is broken, or belongs to no known family;
// CT_ERROR_INVALID for a parameter out of range; CT_ERROR_UNSUPPORTED without an inference library.
// `params` may be NULL and is copied.
CT_API int ct_model_open(ct_model **out, const char *path, const struct ct_model_params *params);

// Runs the model on one picture and waits for the answer. Calls from several threads take turns; an
// engine runs them side by side. The caller owns *result (ct_result_destroy) and may keep it longer
// than the model, except its labels.
CT_API int ct_model_run(ct_model *model, ct_frame *frame, struct ct_result **result);

// What a prompt says.
enum ct_prompt_kind {
    CT_PROMPT_NONE = 0,
    CT_PROMPT_FOREGROUND, // (x, y) is a point of what is meant
    CT_PROMPT_BACKGROUND, // (x, y) is a point of something else
    CT_PROMPT_BOX,        // what is meant lies between the corners (x, y) and (x2, y2)
};

#define CT_MAX_PROMPTS 64

// Points a model of the family "sam" at what is meant. All prompts of a picture together mean one
// thing. Pixels of the picture, upright, (0, 0) is its top left corner. A prompt belongs to a
// picture or to a stream, not to the model, which serves any others in between.
struct ct_prompt {
    enum ct_prompt_kind kind;
    double x, y, x2, y2;
};

// As ct_model_run(), of what `prompts` (`count` of them, 0 to CT_MAX_PROMPTS) point at; 0: what is
// in the middle of the picture. CT_ERROR_INVALID for a prompt outside the picture, and for any
// where the model's family takes none.
CT_API int ct_model_run_prompted(ct_model *model, ct_frame *frame, const struct ct_prompt *prompts,
                                 int count, struct ct_result **result);

// What was opened; lives as long as the model.
CT_API const struct ct_model_info *ct_model_info(const ct_model *model);

// Closes the model and sets the pointer to NULL; accepts NULL. Streams that use it keep it alive.
CT_API void ct_model_close(ct_model **model);

// Where a file is published, and how to know it when it came.
struct ct_known_file {
    const char *url;    // https
    const char *sha256; // 64 hexadecimal digits
    int64_t bytes;
};

// A model that people ask for by name.
struct ct_known_model {
    const char *name; // "yolox_nano"; its file is called NAME.onnx, of two files NAME.encoder.onnx
    const char *url;  // of this file, as in struct ct_known_file
    const char *sha256;
    int64_t bytes;
    const char *licence; // of the weights: SPDX's name, or words
    const char *family;  // NULL where this version has none that reads it
    const char *help;    // half a sentence
    // The second file, NAME.decoder.onnx, which lies beside the first; url NULL: there is none.
    struct ct_known_file decoder;
};

// All known models by name; returns their number. They live as long as the program. Nothing is
// fetched by the library: that is the caller's to do. Any thread.
CT_API int ct_known_model_list(const struct ct_known_model **list);

// The row of one by its name, with or without ".onnx", or the one that "sam" means where rembg's is
// not there; NULL if it is none. Any thread.
CT_API const struct ct_known_model *ct_known_model_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
