// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

FILE *child_start(struct child *child, const char *const *argv)
{
    int outputs[2], inputs[2];
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe2(outputs, O_CLOEXEC), 0);
    assert_int_equal(pipe2(inputs, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, outputs[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, inputs[0], STDIN_FILENO);
    assert_int_equal(
        posix_spawn(&child->pid, argv[0], &actions, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(outputs[1]);
    close(inputs[0]);
    child->input = inputs[1];
    FILE *out = fdopen(outputs[0], "r");
    assert_non_null(out);
    return out;
}

int child_end(struct child *child)
{
    int status = 0;
    if (!child->pid)
        return 0;
    close(child->input);
    waitpid(child->pid, &status, 0);
    child->pid = 0;
    return status;
}
