// SPDX-License-Identifier: Apache-2.0
// Smaller copies of pictures for looking at: means of blocks.
#ifndef CT_IMAGE_SHRINK_H
#define CT_IMAGE_SHRINK_H

#include <chiton/frame.h>

// Fills `to` (sole reference, I420, 1/factor of the size of `from`, rounded down, at least 1) with
// the means of blocks of factor x factor samples of `from` (I420, same colours). Factors are 1 to
// 255.
int ct__shrink(ct_frame *to, const struct ct_picture *from, int factor);

#endif
