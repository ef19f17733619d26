// SPDX-License-Identifier: Apache-2.0
// Sound on its way from who reads a clip that comes only once (a pipe) to those who write it. It
// goes with the clip's frames. Packets wait in a queue for each listener; what is more than
// CT__SPOOL_BYTES of them is left out, with a warning: nobody waits for anybody.
#ifndef CT_MEDIA_SPOOL_H
#define CT_MEDIA_SPOOL_H

#include <libavformat/avformat.h>

#include "frame/frame.h"

enum { CT__SPOOL_BYTES = 1 << 25 };

struct ct__spool;

// Makes a spool for the sound of a container, with so many listeners; `start` is when its pictures
// begin, in the stream's time base. The caller has a reference. CT_ERROR_MEMORY, logged.
int ct__spool_create(struct ct__spool **out, const AVStream *stream, int64_t start, int listeners,
                     const char *scope);

// As what goes with frames, and back; NULL for what is no spool.
struct ct__company *ct__spool_company(struct ct__spool *spool);
struct ct__spool *ct__spool_of(struct ct__company *company);

// For the reader: one more packet, which is copied; no more of them.
void ct__spool_put(struct ct__spool *spool, const AVPacket *packet);
void ct__spool_end(struct ct__spool *spool);

// For a writer: a queue of its own, or -1 if all are taken; and that it wants no more of it.
int ct__spool_join(struct ct__spool *spool);
void ct__spool_leave(struct ct__spool *spool, int queue);

// The next packet of a queue: 1; 0 if there is none yet, -1 if there will be none. Never waits.
int ct__spool_take(struct ct__spool *spool, int queue, AVPacket *packet);

const AVCodecParameters *ct__spool_parameters(const struct ct__spool *spool);
AVRational ct__spool_time_base(const struct ct__spool *spool);
int64_t ct__spool_start(const struct ct__spool *spool);

#endif
