// SPDX-License-Identifier: Apache-2.0
// Output goes to files, not pipes: a program that talks much then never waits for the test.
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 256 };

extern char **environ;

static char program[PATH_MAX], folder[PATH_MAX];

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(99);
}

// The tests say what the environment is: variables of the person who runs them must not matter.
static void clean_environment(void)
{
    for (char **variable = environ; *variable;) {
        char name[128];
        size_t length = strcspn(*variable, "=");
        snprintf(name, sizeof name, "%.*s", (int)length, *variable);
        if (strncmp(name, "CHITON_", 7) == 0 && strncmp(name, "CHITON_TEST_", 12) != 0 &&
            strcmp(name, "CHITON_ORT_LIBRARY") != 0)
            unsetenv(name);
        else
            variable++;
    }
    unsetenv("OMP_NUM_THREADS");
}

void program_begin(int argc, char **argv)
{
    if (argc < 2 || !realpath(argv[1], program))
        die("the program to test");
    clean_environment();
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/chiton-test-XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(folder) || chdir(folder))
        die(folder);
}

const char *program_path(void)
{
    return program;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void program_end(void)
{
    if (chdir("/") || nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS))
        die(folder);
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        die(path);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        die(path);
    text[size] = '\0';
    fclose(file);
    remove(path);
    return text;
}

static pid_t spawn(const char *path, const char *const *arguments,
                   const posix_spawn_file_actions_t *actions)
{
    char *argv[MOST_ARGUMENTS + 2] = {(char *)path};
    for (int i = 0; arguments[i] && i < MOST_ARGUMENTS; i++)
        argv[i + 1] = (char *)arguments[i];
    pid_t pid;
    errno = posix_spawn(&pid, path, actions, NULL, argv, environ);
    if (errno)
        die(path);
    return pid;
}

int wait_program(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid)
        die("waitpid");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct answer run_other(const char *path, const char *const *arguments)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, ".out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, ".err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    struct answer answer = {.code = wait_program(spawn(path, arguments, &actions))};
    posix_spawn_file_actions_destroy(&actions);
    answer.out = read_whole(".out");
    answer.err = read_whole(".err");
    return answer;
}

struct answer run_program(const char *argument, ...)
{
    const char *arguments[MOST_ARGUMENTS + 1] = {0};
    va_list list;
    va_start(list, argument);
    for (int i = 0; argument && i < MOST_ARGUMENTS; i++, argument = va_arg(list, const char *))
        arguments[i] = argument;
    va_end(list);
    return run_other(program, arguments);
}

pid_t start_program(int *out, const char *const *arguments)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        die("pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    pid_t pid = spawn(program, arguments, &actions);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *out = ends[0];
    return pid;
}

void answer_finish(struct answer *answer)
{
    free(answer->out);
    free(answer->err);
    *answer = (struct answer){0};
}

const char *broken_line(const char *text)
{
    const char *last = strrchr(text, '\n');
    return last ? last + 1 : text;
}

int count_lines(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}
