// SPDX-License-Identifier: Apache-2.0
// Time in nanoseconds. The monotonic and the wall clock can be held still by tests. Any thread.
#ifndef CT_BASE_CLOCK_H
#define CT_BASE_CLOCK_H

#include <stdint.h>

int64_t ct__now_ns(void);         // monotonic
int64_t ct__wall_ns(void);        // UTC since 1970
int64_t ct__thread_cpu_ns(void);  // CPU time of the calling thread; never held
int64_t ct__process_cpu_ns(void); // CPU time of the process; never held

// Test only: holds both clocks at `now_ns` until ct__clock_release(); ct__clock_advance() moves
// them.
void ct__clock_hold(int64_t now_ns);
void ct__clock_advance(int64_t by_ns);
void ct__clock_release(void);

#endif
