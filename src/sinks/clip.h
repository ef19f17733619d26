// SPDX-License-Identifier: Apache-2.0
// A video under construction: what the sink of a video and the sink of a folder have in common.
#ifndef CT_SINKS_CLIP_H
#define CT_SINKS_CLIP_H

#include "sinks/sink.h"

struct ct__clip;

// Whether a name ends as that of a clip does: .mp4, .mkv, .mov or .webm.
bool ct__clip_fits(const char *name);

// Reserves the file (with params->segment_ns the first one, "name_000.mp4" for "name.mp4"), so that
// a folder that cannot be written is told now; the encoder starts with the first picture, whose
// size and rate it takes. `path` is copied.
int ct__clip_open(struct ct__clip **out, const char *path, const struct ct__sink_params *params);

// Encodes the picture of an item, and copies the sound of the file that it is from; an item without
// a picture is passed over. A picture of another size is CT_ERROR_INVALID (logged once a part);
// what the encoder or the disk refuses is CT_ERROR_IO, now and for every later item.
int ct__clip_write(struct ct__clip *clip, const struct ct__sink_item *item);

// Finishes the file: it is playable and appears under its name, unless a write failed or no picture
// came: of a complete input that is worth a warning.
int ct__clip_close(struct ct__clip **clip, bool complete);

#endif
