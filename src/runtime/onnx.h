// SPDX-License-Identifier: Apache-2.0
// A first look at the bytes of an ONNX file. Never reads outside of them.
#ifndef CT_RUNTIME_ONNX_H
#define CT_RUNTIME_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Whether the bytes begin as a model does. True says little: half a model begins well too.
bool ct__onnx_accepts(const uint8_t *data, size_t size);

// Whether the model takes weights from files beside it.
bool ct__onnx_beside(const uint8_t *data, size_t size);

#endif
