// SPDX-License-Identifier: Apache-2.0
// What other libraries say, made fit for our messages.
#ifndef CT_RUNTIME_SENTENCE_H
#define CT_RUNTIME_SENTENCE_H

#include <stddef.h>

// Copies a text as one line of at most size - 1 bytes, an ellipsis at the end if it was longer.
// size >= 8.
void ct__one_line(const char *from, char *to, size_t size);

// Cuts out where in its own source ONNX Runtime failed, "/path/onnxruntime/core/file.cc:12 void
// f(const T &) ", and which file it is about, which our messages say themselves: "Load model from
// FILE failed:".
void ct__cut_place(char *line);

#endif
