// SPDX-License-Identifier: Apache-2.0
// All of chiton's public interface. The nouns: fleet, engine, stream, model, frame,
// result.
#ifndef CHITON_CHITON_H
#define CHITON_CHITON_H

#include <chiton/cutout.h>
#include <chiton/engine.h>
#include <chiton/error.h>
#include <chiton/fleet.h>
#include <chiton/frame.h>
#include <chiton/log.h>
#include <chiton/machine.h>
#include <chiton/media.h>
#include <chiton/model.h>
#include <chiton/remover.h>
#include <chiton/result.h>
#include <chiton/runner.h>
#include <chiton/service.h>
#include <chiton/stream.h>

#endif
