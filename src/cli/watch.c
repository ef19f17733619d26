// SPDX-License-Identifier: Apache-2.0
// The folder is watched, not the file: editors put a new file in the place of the old, and volumes
// of containers exchange a link somewhere above. What happened only says when to look.
#include "cli/watch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

static const int64_t quiet_ns = INT64_C(200000000);

static void look(const char *path, struct stat *status)
{
    if (stat(path, status))
        *status = (struct stat){0};
}

int ct__file_watch_start(struct ct__file_watch *watch, const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) {
        ct__copy_text(folder, sizeof folder, path);
        folder[slash == path ? 1 : slash - path] = 0;
    }
    *watch = (struct ct__file_watch){.path = path};
    watch->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    int wanted = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB;
    if (watch->descriptor < 0 || inotify_add_watch(watch->descriptor, folder, wanted) < 0) {
        int error = ct__fail(CT_ERROR_IO, path, "cannot be watched: %s", strerror(errno));
        ct__file_watch_end(watch);
        return error;
    }
    look(path, &watch->seen);
    return CT_OK;
}

void ct__file_watch_take(struct ct__file_watch *watch, int64_t now_ns)
{
    char events[4096];
    while (read(watch->descriptor, events, sizeof events) > 0)
        watch->due_ns = now_ns + quiet_ns;
}

bool ct__file_watch_changed(struct ct__file_watch *watch, int64_t now_ns)
{
    struct stat now;
    if (!watch->due_ns || now_ns < watch->due_ns)
        return false;
    watch->due_ns = 0;
    look(watch->path, &now);
    const struct stat *seen = &watch->seen;
    bool same = now.st_dev == seen->st_dev && now.st_ino == seen->st_ino &&
                now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
                now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
    watch->seen = now;
    return !same && now.st_ino;
}

void ct__file_watch_end(struct ct__file_watch *watch)
{
    if (watch->descriptor >= 0)
        close(watch->descriptor);
    watch->descriptor = -1;
}
