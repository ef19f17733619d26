// SPDX-License-Identifier: Apache-2.0
// When live streams are looked at: which stream is served next, and how often things really happen.
// Arithmetic on times alone.
#ifndef CT_PIPELINE_SCHEDULE_H
#define CT_PIPELINE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

// The place of a stream among those whose frames wait: start-time fair queueing. A stream that is
// served moves back by the reciprocal of its rate, so that where lanes are short every stream gets
// the same share of what it wishes; who had nothing waiting saves up no claims. Zero-initialise.
struct ct__turn {
    double start; // of the frame that waits: who has the least is served next
    double finish;
};

// A frame of the stream begins to wait. `now` is the engine's virtual time: the start of the frame
// served last.
void ct__turn_begin(struct ct__turn *turn, double now);

// The frame is served: the engine's new virtual time. `rate` is what the stream wishes a second.
double ct__turn_serve(struct ct__turn *turn, double rate);

// How many events a second there were in the last two to four seconds. Zero-initialise.
struct ct__meter {
    int64_t begin_ns[2]; // of the window before and of this one
    uint64_t count[2];
};
void ct__meter_add(struct ct__meter *meter, int64_t now_ns, uint64_t events);
double ct__meter_rate(const struct ct__meter *meter, int64_t now_ns);

// Keeps the CPU time of the process below a budget: the share of their rates that live streams may
// have, 1 at first.
struct ct__governor {
    double budget; // percent of one core; 0: none
    double share;
    int64_t wall_ns, cpu_ns; // of the last look; 0: none yet
};

// To be called every second or so with both clocks.
void ct__governor_look(struct ct__governor *governor, int64_t wall_ns, int64_t cpu_ns);

#endif
