// SPDX-License-Identifier: Apache-2.0
// Reading what may make one wait. A wait is many short ones, so that a stop is seen between them.
#include "sources/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sources/sniff.h"

enum { POLL_MS = 50 };

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool ct__descriptor_waits(const char *path)
{
    return is_standard_input(path) || ct__file_kind(path) == CT__FILE_PIPE;
}

int ct__descriptor_open(struct ct__descriptor *descriptor)
{
    const char *path = descriptor->path;
    int number = is_standard_input(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (number < 0 && errno == ENOENT)
        return ct__fail(CT_ERROR_NOT_FOUND, path, "no such file");
    if (number < 0)
        return ct__fail(CT_ERROR_IO, path, "cannot be opened: %s", strerror(errno));
    descriptor->number = number;
    return CT_OK;
}

bool ct__descriptor_stopped(const struct ct__descriptor *descriptor)
{
    return atomic_load(descriptor->stop) ||
           (descriptor->outer_stop && atomic_load(descriptor->outer_stop));
}

int ct__descriptor_read(const struct ct__descriptor *from, void *to, size_t size, size_t *count)
{
    for (;;) {
        if (ct__descriptor_stopped(from))
            return CT_ERROR_STOPPED;
        struct pollfd wait = {.fd = from->number, .events = POLLIN};
        if (poll(&wait, 1, POLL_MS) <= 0)
            continue;
        ssize_t got = read(from->number, to, size);
        if (got >= 0) {
            *count = (size_t)got;
            return CT_OK;
        }
        if (errno != EINTR && errno != EAGAIN)
            return ct__fail(CT_ERROR_IO, from->path, "cannot be read: %s", strerror(errno));
    }
}

void ct__descriptor_close(struct ct__descriptor *descriptor)
{
    if (descriptor->number > STDIN_FILENO)
        close(descriptor->number);
    descriptor->number = -1;
}
