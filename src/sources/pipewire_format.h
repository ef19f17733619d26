// SPDX-License-Identifier: Apache-2.0
// Formats in PipeWire's own notation: what is offered to a camera, and what was agreed on.
#ifndef CT_SOURCES_PIPEWIRE_FORMAT_H
#define CT_SOURCES_PIPEWIRE_FORMAT_H

#include "sources/camera.h"

struct spa_pod; // PipeWire's

enum { CT__PIPEWIRE_FORMAT_PODS = 2, CT__PIPEWIRE_BUFFER_PODS = 2 };

// Writes the formats that are read here, the better first, any size and rate, the wished ones
// preferred. The pods lie in `memory` (4,096 bytes are enough); returns their number.
uint32_t ct__pipewire_formats(const struct ct__camera_wish *wish, uint8_t *memory, uint32_t size,
                              const struct spa_pod *pods[CT__PIPEWIRE_FORMAT_PODS]);

// What buffers of this form are like, and that they come with their times.
uint32_t ct__pipewire_buffers(const struct ct__camera_form *form, uint8_t *memory, uint32_t size,
                              const struct spa_pod *pods[CT__PIPEWIRE_BUFFER_PODS]);

// Reads the format that was agreed on; false for one that was not offered. A rate of 0/1 is none.
bool ct__pipewire_read_format(const struct spa_pod *param, struct ct__camera_form *form,
                              int *rate_num, int *rate_den);

// "NV12"
const char *ct__pipewire_format_name(const struct ct__camera_form *form);

#endif
