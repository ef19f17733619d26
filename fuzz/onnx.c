// SPDX-License-Identifier: Apache-2.0
// The first look at the bytes of a model file.
#include "runtime/onnx.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FUZZ_CHECK(!ct__onnx_accepts(data, size) || size >= 2);
    FUZZ_CHECK(!ct__onnx_beside(data, size) || size >= 10);
    return 0;
}
