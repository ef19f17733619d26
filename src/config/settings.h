// SPDX-License-Identifier: Apache-2.0
// What a fleet's file says, as structures; keys.c has the rows that fill them.
#ifndef CT_CONFIG_SETTINGS_H
#define CT_CONFIG_SETTINGS_H

#include "config/field.h"

struct ct__model_settings {
    struct ct__field_head head;
    const char *path, *family, *backend, *labels, *size;
    struct ct__option_list classes;
    double conf, iou;
    int64_t max_objects, threads;
};

struct ct__input_settings {
    struct ct__field_head head;
    const char *path, *transport, *size;
    int realtime, loop;
    double rate, every;
    int64_t timeout_ms;
};

struct ct__step_settings {
    struct ct__field_head head;
    const char *model;
    double fps;
};

struct ct__camera_settings {
    struct ct__field_head head;
    int enabled;
    struct ct__field_list inputs; // of struct ct__input_settings
    struct {
        int enabled;
        const char *model;
        double fps, conf;
        struct ct__option_list classes;
        struct ct__field_list steps; // of struct ct__step_settings
    } detect;
    struct {
        int enabled;
    } track;
    struct ct__option_list outputs;
    int draw;
    double segment;
    struct {
        int64_t max_bytes, keep;
    } rotate;
    const char *restart;
    int64_t max_staleness_ms;
};

struct ct__settings {
    struct ct__field_list models;        // of struct ct__model_settings
    struct ct__camera_settings defaults; // not for use: cameras have them already
    struct ct__field_list cameras;       // of struct ct__camera_settings
    const char *listen, *cpus, *log_level, *metrics, *trace;
    double cpu_budget;
    int64_t lanes;
};

// The rows of struct ct__settings, and those of the lists in it.
extern const struct ct__field ct__fleet_keys[];
extern const struct ct__field *const ct__model_list, *const ct__camera_list;
extern const struct ct__field *const ct__input_list, *const ct__step_list;

#endif
