// SPDX-License-Identifier: Apache-2.0
// A folder that comes is watched too, and what is in it by then is told: files that were completed
// before the kernel knew that somebody looks would be missed otherwise. A file may so be told
// twice; one that is still being written is told when it is closed.
#include "sources/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "sources/descriptor.h"

enum { ROOM = 64 << 10 };

struct ct__watch {
    char *root;
    struct ct__descriptor descriptor;
    char **folders; // by the kernel's number of the watch
    int folder_count;
    // For the duration of a wait.
    int (*found)(void *opaque, const char *path);
    void *opaque;
    _Alignas(struct inotify_event) char events[ROOM];
};

static int fail_watch(const struct ct__watch *watch, const char *folder)
{
    if (errno == ENOSPC)
        return ct__fail(CT_ERROR_LIMIT, watch->root,
                        "too many folders to watch: raise fs.inotify.max_user_watches");
    return ct__fail(errno == ENOENT ? CT_ERROR_NOT_FOUND : CT_ERROR_IO, folder,
                    "cannot be watched: %s", strerror(errno));
}

// Remembers a folder under its number; the name becomes the watch's.
static int remember(struct ct__watch *watch, int number, char *folder)
{
    if (number >= watch->folder_count) {
        int count = number + 16;
        char **folders = ct__realloc_array(watch->folders, (size_t)count, sizeof *folders);
        if (!folders)
            return CT_ERROR_MEMORY;
        memset(folders + watch->folder_count, 0,
               (size_t)(count - watch->folder_count) * sizeof *folders);
        watch->folders = folders;
        watch->folder_count = count;
    }
    ct__free(watch->folders[number]);
    watch->folders[number] = folder;
    return CT_OK;
}

static int add_folder(struct ct__watch *watch, const char *folder)
{
    int number = inotify_add_watch(watch->descriptor.number, folder,
                                   IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
    if (number < 0)
        return fail_watch(watch, folder);
    char *name = ct__strdup(folder);
    if (name && !remember(watch, number, name))
        return CT_OK;
    ct__free(name);
    return ct__fail_memory(folder);
}

static int visit(struct ct__watch *watch, const char *path, bool told);

// Watches a folder and those in it; `told`: files in them are told.
static int enter(struct ct__watch *watch, const char *folder, bool told)
{
    struct ct__text path = {0};
    int error = add_folder(watch, folder);
    DIR *directory = error ? NULL : opendir(folder);
    struct dirent *entry;
    while (!error && directory && (entry = readdir(directory))) {
        if (entry->d_name[0] == '.')
            continue;
        ct__text_clear(&path);
        ct__text_printf(&path, "%s/%s", folder, entry->d_name);
        error = path.failed ? ct__fail_memory(folder) : visit(watch, path.data, told);
    }
    if (directory)
        closedir(directory);
    ct__text_finish(&path);
    return error;
}

// Whether somebody still writes to a file: the kernel grants no lease then. Where it grants none in
// any case, nobody does as far as is known. A signal for who holds a lease goes to this thread,
// which takes none.
static bool is_being_written(const char *path)
{
    const struct f_owner_ex self = {F_OWNER_TID, gettid()};
    int file = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return false;
    bool written =
        !fcntl(file, F_SETOWN_EX, &self) && fcntl(file, F_SETLEASE, F_RDLCK) && errno == EAGAIN;
    close(file);
    return written;
}

// `told`: files are told, except those that will be told when they are closed.
static int visit(struct ct__watch *watch, const char *path, bool told)
{
    struct stat status;
    if (lstat(path, &status))
        return CT_OK; // gone already
    if (S_ISDIR(status.st_mode))
        return enter(watch, path, told);
    if (!told || (S_ISREG(status.st_mode) && is_being_written(path)))
        return CT_OK;
    return watch->found(watch->opaque, path);
}

int ct__watch_open(struct ct__watch **out, const char *folder)
{
    struct ct__watch *watch = ct__calloc(1, sizeof *watch);
    if (!watch)
        return ct__fail_memory(folder);
    watch->root = ct__strdup(folder);
    size_t length = watch->root ? strlen(watch->root) : 0;
    while (length > 1 && watch->root[length - 1] == '/')
        watch->root[--length] = 0;
    watch->descriptor = (struct ct__descriptor){.number = -1, .path = watch->root};
    int error = watch->root ? CT_OK : ct__fail_memory(folder);
    if (!error && (watch->descriptor.number = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0)
        error = fail_watch(watch, folder);
    error = error ? error : enter(watch, watch->root, false);
    if (error)
        ct__watch_close(&watch);
    else
        *out = watch;
    return error;
}

static int take_event(struct ct__watch *watch, const struct inotify_event *event)
{
    bool folder = event->mask & IN_ISDIR;
    if (event->mask & IN_Q_OVERFLOW)
        return enter(watch, watch->root, true); // some were lost: all are told again
    if (!event->len || event->name[0] == '.' || event->wd >= watch->folder_count ||
        !watch->folders[event->wd] || (!folder && event->mask & IN_CREATE))
        return CT_OK;
    struct ct__text path = {0};
    ct__text_printf(&path, "%s/%s", watch->folders[event->wd], event->name);
    int error = path.failed ? ct__fail_memory(watch->root) : visit(watch, path.data, true);
    ct__text_finish(&path);
    return error;
}

int ct__watch_wait(struct ct__watch *watch, const atomic_bool *stop, const atomic_bool *outer,
                   int (*found)(void *opaque, const char *path), void *opaque)
{
    size_t size = 0;
    watch->descriptor.stop = stop;
    watch->descriptor.outer_stop = outer;
    watch->found = found;
    watch->opaque = opaque;
    int error = ct__descriptor_read(&watch->descriptor, watch->events, sizeof watch->events, &size);
    for (size_t at = 0; !error && at < size;) {
        const struct inotify_event *event = (const void *)(watch->events + at);
        error = take_event(watch, event);
        at += sizeof *event + event->len;
    }
    return error;
}

void ct__watch_close(struct ct__watch **pointer)
{
    struct ct__watch *watch = *pointer;
    *pointer = NULL;
    if (!watch)
        return;
    ct__descriptor_close(&watch->descriptor);
    for (int i = 0; i < watch->folder_count; i++)
        ct__free(watch->folders[i]);
    ct__free(watch->folders);
    ct__free(watch->root);
    ct__free(watch);
}
