// SPDX-License-Identifier: Apache-2.0
// What a live stream brought and nobody got.
#ifndef CT_MEDIA_WITHHELD_H
#define CT_MEDIA_WITHHELD_H

#include <stdint.h>

// Pictures of a live stream that came and were not given. They only grow.
struct ct__withheld {
    uint64_t undecoded; // so few are wanted
    uint64_t damaged;   // they, or pictures that they build on, are damaged or lost
};

#endif
