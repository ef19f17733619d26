// SPDX-License-Identifier: Apache-2.0
// Whole files in, whole files out. What is under construction has a hidden name beside its target,
// so that the last step is a rename within one file system and nobody ever sees half a file.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { SPARE = 64, CHUNK = 64 * 1024, KEPT_NAME = 128, LONGEST_WORD = 4096 };

struct buffer {
    uint8_t *data;
    size_t size, capacity; // the spare bytes are not counted
};

static int fail_read(const char *path, const char *doing)
{
    int why = errno;
    int error = why == ENOENT || why == ENOTDIR ? CT_ERROR_NOT_FOUND : CT_ERROR_IO;
    return ct__fail(error, path, "cannot %s: %s", doing, strerror(why));
}

static int fail_write(const char *path, const char *doing)
{
    return ct__fail(CT_ERROR_IO, path, "cannot %s: %s", doing, strerror(errno));
}

static bool grow(struct buffer *buffer, size_t capacity)
{
    uint8_t *data = ct__realloc_array(buffer->data, capacity + SPARE, 1);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

// Reads to the end of the file, at most one byte more than `limit`.
static int read_all(int fd, const char *path, size_t limit, struct buffer *buffer)
{
    for (;;) {
        if (buffer->size > limit)
            return ct__fail(CT_ERROR_LIMIT, path, "more than %zu bytes", limit);
        if (buffer->size == buffer->capacity) {
            size_t most = limit + 1, next = buffer->capacity;
            next = next > most / 2 ? most : next * 2;
            if (!grow(buffer, next))
                return ct__fail_memory(path);
        }
        ssize_t got = read(fd, buffer->data + buffer->size, buffer->capacity - buffer->size);
        if (got == 0)
            return CT_OK;
        if (got > 0)
            buffer->size += (size_t)got;
        else if (errno != EINTR)
            return fail_read(path, "read");
    }
}

static int read_descriptor(int fd, const char *path, size_t limit, struct buffer *buffer)
{
    struct stat status;
    if (fstat(fd, &status))
        return fail_read(path, "read");
    size_t first = CHUNK;
    if (S_ISREG(status.st_mode)) {
        if ((uint64_t)status.st_size > limit)
            return ct__fail(CT_ERROR_LIMIT, path, "%lld bytes, more than %zu",
                            (long long)status.st_size, limit);
        // One more, so that the end is seen without growing. The kernel's own files say that they
        // are empty.
        if (status.st_size > 0)
            first = (size_t)status.st_size + 1;
    }
    if (!grow(buffer, first <= limit ? first : limit + 1))
        return ct__fail_memory(path);
    return read_all(fd, path, limit, buffer);
}

int ct__file_read(const char *path, size_t limit, uint8_t **data, size_t *size)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_read(path, "open");
    if (limit > SIZE_MAX / 4)
        limit = SIZE_MAX / 4;
    struct buffer buffer = {0};
    int error = read_descriptor(fd, path, limit, &buffer);
    if (!standard)
        close(fd);
    if (error) {
        ct__free(buffer.data);
        return error;
    }
    memset(buffer.data + buffer.size, 0, SPARE);
    *data = buffer.data;
    *size = buffer.size;
    return CT_OK;
}

int ct__file_read_word(const char *path, char **word)
{
    uint8_t *data = NULL;
    size_t size = 0, begin = 0;
    int error = ct__file_read(path, LONGEST_WORD, &data, &size);
    if (error)
        return error;
    while (size > 0 && isspace(data[size - 1]))
        size--;
    while (begin < size && isspace(data[begin]))
        begin++;
    data[size] = 0;
    for (size_t i = begin; i < size && !error; i++)
        if (data[i] <= ' ' || data[i] >= 127)
            error = ct__fail(CT_ERROR_INVALID, path, "expected one word of printable ASCII");
    if (!error && begin == size)
        error = ct__fail(CT_ERROR_INVALID, path, "there is no word in it");
    if (!error && !(*word = ct__strdup((const char *)data + begin)))
        error = ct__fail_memory(path);
    ct__free(data);
    return error;
}

// Makes every folder named by the first `length` bytes of `path`, which is changed and restored.
static int make_folders(char *path, size_t length)
{
    for (size_t i = 1; i <= length; i++) {
        if (i < length && path[i] != '/')
            continue;
        char kept = path[i];
        path[i] = 0;
        struct stat status;
        bool made = mkdir(path, 0777) == 0;
        int why = errno;
        made = made || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
        int error =
            made ? CT_OK : ct__fail(CT_ERROR_IO, path, "cannot make the folder: %s", strerror(why));
        path[i] = kept;
        if (error)
            return error;
    }
    return CT_OK;
}

int ct__folder_make(const char *path)
{
    char *copy = ct__strdup(path);
    if (!copy)
        return ct__fail_memory(path);
    int error = make_folders(copy, strlen(copy));
    ct__free(copy);
    return error;
}

static bool is_standard_output(const char *path)
{
    return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

// Whether the target must be written where it is: there is no replacing a pipe or a device. The
// names of open descriptors are links that may lead to a plain file, which must not be replaced.
static bool is_direct(const char *path)
{
    struct stat status;
    if (is_standard_output(path) || strncmp(path, "/dev/fd/", 8) == 0 ||
        strncmp(path, "/proc/", 6) == 0 || strcmp(path, "/dev/stderr") == 0)
        return true;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

// A hidden name beside `path`. The ending stays last: writers choose their format by it.
static char *temporary_name(const char *path)
{
    static atomic_uint serial;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    struct ct__text text = {0};
    ct__text_append(&text, path, (size_t)(name - path));
    ct__text_printf(&text, ".%ld-%u.", (long)getpid(), atomic_fetch_add(&serial, 1));
    ct__text_puts(&text, length > KEPT_NAME ? name + length - KEPT_NAME : name);
    if (text.failed)
        ct__text_finish(&text);
    return text.data;
}

// Makes the temporary file and returns its descriptor. Another process may have the same number
// where a folder is shared between containers or hosts: then the next name is tried.
static int make_temporary(struct ct__out *out)
{
    for (;;) {
        out->temporary = temporary_name(out->path);
        if (!out->temporary)
            return ct__fail_memory(out->path);
        int fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        int why = errno;
        ct__free(out->temporary);
        out->temporary = NULL;
        errno = why;
        if (why != EEXIST)
            return fail_write(out->path, "create");
    }
}

// Whether `path` cannot be a file, whatever is done: a folder, "folder/", "".
static bool is_no_file(const char *path)
{
    struct stat status;
    size_t length = strlen(path);
    return length == 0 || path[length - 1] == '/' ||
           (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

static bool is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

// Who could read the old file can read the new one, and nobody else.
static void keep_mode(int fd, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        (void)fchmod(fd, status.st_mode & 0777);
}

// Sets path and temporary and returns a descriptor of the temporary, or CT_OK for a direct target.
static int prepare(struct ct__out *out, const char *path)
{
    if (is_no_file(path))
        return ct__fail(CT_ERROR_IO, path, "cannot write: not a file");
    // A link to a file stays a link: what it points to is replaced.
    char resolved[PATH_MAX];
    bool direct = is_direct(path);
    bool follow = !direct && is_link(path) && realpath(path, resolved);
    out->path = ct__strdup(follow ? resolved : path);
    if (!out->path)
        return ct__fail_memory(path);
    if (direct)
        return CT_OK;
    const char *slash = strrchr(out->path, '/');
    int error = slash ? make_folders(out->path, (size_t)(slash - out->path)) : CT_OK;
    int fd = error ? error : make_temporary(out);
    if (fd >= 0)
        keep_mode(fd, out->path);
    return fd;
}

static FILE *open_direct(const char *path)
{
    if (!is_standard_output(path))
        return fopen(path, "we");
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

int ct__out_open(struct ct__out *out, const char *path)
{
    struct ct__out made = {0};
    int fd = prepare(&made, path);
    if (fd < 0) {
        ct__out_discard(&made);
        return fd;
    }
    made.file = made.temporary ? fdopen(fd, "w") : open_direct(made.path);
    if (!made.file) {
        int error = fail_write(path, "open");
        if (made.temporary)
            close(fd);
        ct__out_discard(&made);
        return error;
    }
    *out = made;
    return CT_OK;
}

static int open_append(struct ct__out *out, const char *path, int64_t *size)
{
    if (is_no_file(path))
        return ct__fail(CT_ERROR_IO, path, "cannot write: not a file");
    bool direct = is_direct(path);
    out->path = ct__strdup(path);
    if (!out->path)
        return ct__fail_memory(path);
    const char *slash = strrchr(out->path, '/');
    int error = slash && !direct ? make_folders(out->path, (size_t)(slash - out->path)) : CT_OK;
    if (error)
        return error;
    out->file = direct ? open_direct(path) : fopen(path, "ae");
    if (!out->file)
        return fail_write(path, "open");
    struct stat status;
    *size = !direct && fstat(fileno(out->file), &status) == 0 ? status.st_size : -1;
    return CT_OK;
}

int ct__out_append(struct ct__out *out, const char *path, int64_t *size)
{
    struct ct__out made = {0};
    int error = open_append(&made, path, size);
    if (error)
        ct__out_discard(&made);
    else
        *out = made;
    return error;
}

int ct__out_reserve(struct ct__out *out, const char *path)
{
    struct ct__out made = {0};
    int fd = prepare(&made, path);
    if (fd < 0) {
        ct__out_discard(&made);
        return fd;
    }
    if (made.temporary)
        close(fd);
    *out = made;
    return CT_OK;
}

// Closes the file; returns 0, or the reason why not all of it was written.
static int close_file(FILE *file)
{
    // After an earlier failed write the reason is lost, unless the flush meets it again.
    int why = ferror(file) ? EIO : 0;
    if (fflush(file))
        why = errno;
    if (fclose(file) && !why)
        why = errno;
    return why;
}

int ct__out_commit(struct ct__out *out)
{
    int why = out->file ? close_file(out->file) : 0;
    out->file = NULL;
    if (!why && out->temporary) {
        if (rename(out->temporary, out->path))
            why = errno;
        else
            out->temporary[0] = 0;
    }
    int error = CT_OK;
    if (why)
        error = ct__fail(CT_ERROR_IO, out->path, "cannot write: %s", strerror(why));
    ct__out_discard(out);
    return error;
}

void ct__out_discard(struct ct__out *out)
{
    if (out->file)
        fclose(out->file);
    if (out->temporary && out->temporary[0])
        unlink(out->temporary);
    ct__free(out->temporary);
    ct__free(out->path);
    *out = (struct ct__out){0};
}
