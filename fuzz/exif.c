// SPDX-License-Identifier: Apache-2.0
// The TIFF structure of an EXIF block.
#include "fuzz.h"
#include "media/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int orientation = ct__exif_orientation(data, size);
    FUZZ_CHECK(orientation >= 1 && orientation <= 8);
    return 0;
}
