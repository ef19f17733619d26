// SPDX-License-Identifier: Apache-2.0
// What can be told of an ONNX file without reading it: enough to send each file to the right
// backend and to say of a photograph that it is no model.
#include "runtime/onnx.h"

#include <string.h>

// Reads a number of protobuf: seven bits a byte, the last without the top bit. NULL if there is
// none.
static const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; at < end && shift < 64; shift += 7) {
        *value |= (uint64_t)(*at & 0x7f) << shift;
        if (!(*at++ & 0x80))
            return at;
    }
    return NULL;
}

// Fields of a model that hold bytes, among them the producer's name, the graph, the operator sets
// and the metadata.
static bool holds_bytes(uint64_t tag)
{
    uint64_t field = tag >> 3;
    return tag % 8 == 2 &&
           ((field >= 2 && field <= 8) || field == 14 || field == 20 || field == 25 || field == 26);
}

// A model is a protobuf message without a mark of its own: known fields lead to field 1, the
// version of its format, which every model has and writers put first.
bool ct__onnx_accepts(const uint8_t *data, size_t size)
{
    enum { FORMAT_VERSION = 1 << 3, MODEL_VERSION = 5 << 3 };
    if (size == 0)
        return false;
    const uint8_t *at = data, *end = data + size;
    uint64_t tag, value;
    while ((at = read_varint(at, end, &tag)) && (at = read_varint(at, end, &value))) {
        if (tag == FORMAT_VERSION)
            return value >= 1 && value <= 1000;
        if (tag == MODEL_VERSION)
            continue;
        if (!holds_bytes(tag) || value > (uint64_t)(end - at))
            return false;
        at += value;
    }
    return false;
}

// Whether weights lie in other files: a tensor that does has a pair with the key "location".
bool ct__onnx_beside(const uint8_t *data, size_t size)
{
    return memmem(data, size, "\x0a\x08location", 10) != NULL;
}
