// SPDX-License-Identifier: Apache-2.0
// Copies of pictures in another format at the same size, for drawing and writing.
#ifndef CT_IMAGE_CONVERT_H
#define CT_IMAGE_CONVERT_H

#include <chiton/frame.h>

// Fills `to` (sole reference, any format of frame.h, the size of `from`) with the picture of
// `from`, through the colour matrices and ranges of both: integers, rounded; chroma is averaged on
// the way down and repeated on the way up.
int ct__convert(ct_frame *to, const struct ct_picture *from);

#endif
