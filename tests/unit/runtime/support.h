// SPDX-License-Identifier: Apache-2.0
// What the tests of models share: files of a test, and sentences that were logged.
#ifndef CT_TESTS_RUNTIME_SUPPORT_H
#define CT_TESTS_RUNTIME_SUPPORT_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "runtime/session.h"

// The last failure of this thread contains the words.
#define assert_reason(words)                                                                       \
    do {                                                                                           \
        char reason_[1024];                                                                        \
        ct__last_failure(reason_, sizeof reason_);                                                 \
        if (!strstr(reason_, words))                                                               \
            fail_msg("\"%s\" says nothing of \"%s\"", reason_, words);                             \
    } while (0)

// A folder of its own for each test program, removed at its end.
static char folder[] = "/tmp/chiton-runtime-XXXXXX";

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

// Path of a file in the folder; valid until the fourth call from now.
static inline const char *path_of(const char *name)
{
    static char paths[4][PATH_MAX];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(paths[turn], PATH_MAX, "%s/%s", folder, name);
    return paths[turn];
}

static inline const char *write_file(const char *name, const void *data, size_t size)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *write_text(const char *name, const char *text)
{
    return write_file(name, text, strlen(text));
}

#endif
