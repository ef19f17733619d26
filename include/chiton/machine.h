// SPDX-License-Identifier: Apache-2.0
// What this machine and this build can do: for a program's own "doctor" and its help.
#ifndef CHITON_MACHINE_H
#define CHITON_MACHINE_H

#include <chiton/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ct_machine {
    int cores_online;     // of the whole machine
    int cores_allowed;    // by this process's affinity mask
    double cores_quota;   // CPUs that the control group grants, or 0 for no limit
    int cores_usable;     // the least of these, rounded up, at least 1: the default number of lanes
    char vector[16];      // instruction set of the pixel kernels: "avx512", "avx2", "c"
    int ort_error;        // 0 if ONNX Runtime can be used, else why not
    char ort_version[32]; // "1.28.0"
    char ort_path[512];   // the library in use, or the sentence that says why there is none
    char media[128];      // "libavformat 59.27.100, libavcodec 59.37.100"
};

// Looks at the machine and tries the inference library. Any thread; takes milliseconds.
CT_API int ct_machine_read(struct ct_machine *machine);

// Something that can be named in an option or an input.
struct ct_component {
    const char *kind; // "family", "source", "output", "backend"
    const char *name; // "yolox"
    const char *help; // half a sentence
};

// Everything of one kind (NULL: of all kinds) that is built in, in the order of the registry;
// returns the number, at most `capacity` of them are written to `list`. Any thread.
CT_API int ct_component_list(const char *kind, struct ct_component *list, int capacity);

// A camera of this machine.
struct ct_camera {
    char input[64];   // how a stream names it: "v4l2:0"
    char name[64];    // its own name, or its path if it cannot be opened
    char problem[64]; // why it cannot be opened, or ""
};

// The cameras that the kernel knows; returns their number, at most `capacity` are written to
// `list`. Opens each for a moment, which those in use do not notice. Any thread.
CT_API int ct_camera_list(struct ct_camera *list, int capacity);

// A way in which a camera gives pictures.
struct ct_camera_mode {
    char format[8]; // V4L2's four letters: "YUYV"
    int width, height;
    double fps; // 0: it does not say
};

// What a camera ("v4l2:0", "/dev/video0") offers of what can be used here, by format, the largest
// and fastest first; of a range of sizes or rates the ends. Returns the number, at most `capacity`
// are written to `list`; `camera` gets its name and may be NULL. CT_ERROR_NOT_FOUND, CT_ERROR_IO,
// CT_ERROR_UNSUPPORTED, CT_ERROR_MEMORY, logged. Any thread.
CT_API int ct_camera_modes(const char *input, struct ct_camera *camera, struct ct_camera_mode *list,
                           int capacity);

// Names the ONNX Runtime library file to load; call it before the first model is opened. NULL
// returns to the search: the environment's CHITON_ORT_LIBRARY, the folder of this build, the
// system. CT_ERROR_INVALID once one is loaded.
CT_API int ct_machine_set_ort(const char *path);

#ifdef __cplusplus
}
#endif
#endif
