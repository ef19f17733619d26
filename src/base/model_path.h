// SPDX-License-Identifier: Apache-2.0
// From the name of a model to its file: for the command line and for fleets.
#ifndef CT_BASE_MODEL_PATH_H
#define CT_BASE_MODEL_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { CT__MODEL_FOLDERS = 2 };

// What the name "sam" means where no file has it: as for rembg, and where that is not here, what
// `chiton models pull` fetches.
#define CT__SAM_USUAL "sam_vit_b_01ec64"
#define CT__SAM_KNOWN "sam_vit_b"

// The folders that hold models by name: `given` first, if it names one, then
// $XDG_DATA_HOME/chiton/models; returns how many (1 or 2).
int ct__model_folders(const char *given, char folders[CT__MODEL_FOLDERS][PATH_MAX]);

// What is looked for, and where.
struct ct__model_wish {
    const char *name;   // a path, or a file of the model folders, with or without ".onnx"; of a
                        // model in two files also without ".encoder.onnx"
    const char *beside; // folder that a path counts from; NULL: the working folder
    const char *given;  // model folder before the usual one, or NULL
    bool only_folders;  // not a path, whatever lies in the working folder: a stranger named it
};

// The file that goes on where the encoder of a model in two files ends: the last "encoder" of its
// name is "decoder" there. False where there is none, or the path is too long. Addresses too.
bool ct__model_decoder(const char *path, char decoder[PATH_MAX]);

// Writes the path. Last, a name is looked for among the models of the source that this was built
// from. Else CT_ERROR_NOT_FOUND or CT_ERROR_LIMIT, with the reason in `why`: nothing is
// logged here.
int ct__model_path(const struct ct__model_wish *wish, char path[PATH_MAX], char *why, size_t size);

#endif
