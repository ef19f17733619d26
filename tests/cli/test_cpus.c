// SPDX-License-Identifier: Apache-2.0
// Which cores the program runs on, as the kernel has it of each of its threads. Tests look until it
// is so: threads are bound while the program is at work.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "program.h"

static int cores[2], core_count; // of those that this process may use, the first two

static int find_cores(void **state)
{
    (void)state;
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        return -1;
    for (int core = 0; core < CPU_SETSIZE && core_count < 2; core++)
        if (CPU_ISSET(core, &allowed))
            cores[core_count++] = core;
    write_model("model.json");
    write_matte_model("matte.json");
    return 0;
}

// The value of a line "Name:\tvalue" of a thread's status, "" once the thread has gone.
static void read_status(pid_t pid, const char *thread, const char *name, char value[64])
{
    char path[300], line[512];
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid, thread);
    FILE *file = fopen(path, "r");
    value[0] = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), "%63s", value);
    if (file)
        fclose(file);
}

// How many threads whose names begin with `name` have these cores, or other ones. The main thread
// is called "main"; threads that belong to neither of us, a sanitizer's say, do not count.
static int count_threads(pid_t pid, const char *name, const char *list, int *others)
{
    char folder[64], thread_name[64], allowed[64];
    snprintf(folder, sizeof folder, "/proc/%d/task", (int)pid);
    DIR *directory = opendir(folder);
    int count = 0;
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        if (entry->d_name[0] == '.')
            continue;
        read_status(pid, entry->d_name, "Name:", thread_name);
        read_status(pid, entry->d_name, "Cpus_allowed_list:", allowed);
        const char *known = atoi(entry->d_name) == pid ? "main" : thread_name;
        if (strncmp(known, name, strlen(name)) != 0 || !allowed[0])
            continue;
        count += strcmp(allowed, list) == 0;
        *others += strcmp(allowed, list) != 0;
    }
    if (directory)
        closedir(directory);
    return count;
}

// Looks until so many threads of a name have these cores, and none has others; no machine is slow
// enough for the last look.
static void wait_for(pid_t pid, const char *name, int wanted, const char *list)
{
    int others = 1, count = 0;
    for (int looks = 0; looks < 60000 && (count < wanted || others); looks++) {
        others = 0;
        count = count_threads(pid, name, list, &others);
        usleep(1000);
    }
    if (count < wanted || others) {
        kill(pid, SIGKILL);
        fail_msg("%d threads %s with cores %s, %d with others", count, name, list, others);
    }
}

static void stop(pid_t pid, int out)
{
    char buffer[4096];
    assert_int_equal(kill(pid, SIGTERM), 0);
    while (read(out, buffer, sizeof buffer) > 0) {
    }
    close(out);
    wait_program(pid);
}

// A call that is at work until it is ended: detect because nobody reads what it writes.
static pid_t start(const char *command, const char *list, int *out)
{
    static const char url[] = "synthetic:walkers?n=1&size=64x48&frames=0";
    const char *const detect[] = {"detect", url, "-m", "model.json", "--cpus", list, NULL};
    const char *const run[] = {"run", "fleet.yaml", "--cpus", list, NULL};
    const char *const cutout[] = {"cutout",     "in",      "-o",     "out/", "-m",
                                  "matte.json", "--watch", "--cpus", list,   NULL};
    const char *const serve[] = {"serve", "--listen",   "127.0.0.1:0", "--model-dir", ".",
                                 "-m",    "matte.json", "--cpus",      list,          NULL};
    if (strcmp(command, "detect") == 0)
        return start_program(out, detect);
    if (strcmp(command, "run") == 0)
        return start_program(out, run);
    return start_program(out, strcmp(command, "cutout") == 0 ? cutout : serve);
}

// Each command, and the name of the threads that do its work.
static const struct {
    const char *command, *worker;
} commands[] = {
    {"detect", "ct-lane-"}, {"run", "ct-lane-"}, {"cutout", "ct-lane-"}, {"serve", "ct-job-"}};

static void one_core_has_all_threads(void **state)
{
    (void)state;
    char list[16];
    snprintf(list, sizeof list, "%d", cores[0]);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        int out;
        pid_t pid = start(commands[i].command, list, &out);
        wait_for(pid, commands[i].worker, 1, list);
        wait_for(pid, "ct-", 1, list);
        wait_for(pid, "main", 1, list);
        stop(pid, out);
    }
}

// Both cores as a person writes them, and as the kernel shows them.
static void name_both(char list[32], char shown[32])
{
    if (core_count < 2) {
        print_message("one usable core: two cannot be told apart\n");
        skip();
    }
    bool joined = cores[1] == cores[0] + 1;
    snprintf(list, 32, "%d,%d", cores[0], cores[1]);
    snprintf(shown, 32, "%d%c%d", cores[0], joined ? '-' : ',', cores[1]);
}

static void two_cores_have_a_lane_each(void **state)
{
    (void)state;
    char list[32], shown[32], one[2][16];
    name_both(list, shown);
    for (int i = 0; i < 2; i++)
        snprintf(one[i], sizeof one[i], "%d", cores[i]);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        int out;
        pid_t pid = start(commands[i].command, list, &out);
        bool lanes = strcmp(commands[i].worker, "ct-lane-") == 0;
        wait_for(pid, "main", 1, shown);
        wait_for(pid, lanes ? "ct-lane-0" : "ct-job-0", 1, lanes ? one[0] : shown);
        wait_for(pid, lanes ? "ct-lane-1" : "ct-job-1", 1, lanes ? one[1] : shown);
        stop(pid, out);
    }
}

static void the_command_line_wins_over_the_environment_and_that_over_the_file(void **state)
{
    (void)state;
    char last[16], file[512];
    snprintf(last, sizeof last, "%d", cores[core_count - 1]);
    snprintf(file, sizeof file, "cpus: \"%d\"\nlanes: 1\ncameras: {}\n", cores[core_count - 1]);
    write_text("own.yaml", file);
    const char *const from_file[] = {"run", "own.yaml", NULL};
    char first[16];
    snprintf(first, sizeof first, "%d", cores[0]);
    const char *const from_line[] = {"run", "own.yaml", "--cpus", first, NULL};
    for (int i = 0; i < 3; i++) {
        int out;
        if (i == 1)
            setenv("CHITON_CPUS", first, 1); // against the file
        if (i == 2)
            setenv("CHITON_CPUS", last, 1); // against the command line
        pid_t pid = start_program(&out, i == 2 ? from_line : from_file);
        wait_for(pid, "ct-lane-0", 1, i == 0 ? last : first);
        stop(pid, out);
        unsetenv("CHITON_CPUS");
    }
}

// One picture of several threads: the lane's helpers are not all on the lane's one core.
static void a_lane_alone_has_all_cores(void **state)
{
    (void)state;
    char list[32], shown[32];
    int out;
    name_both(list, shown);
    const char *const arguments[] = {"detect",  "synthetic:walkers?n=1&size=64x48&frames=0",
                                     "-m",      "model.json",
                                     "--lanes", "1",
                                     "--cpus",  list,
                                     NULL};
    pid_t pid = start_program(&out, arguments);
    wait_for(pid, "ct-lane-0", 1, shown);
    stop(pid, out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_core_has_all_threads),
        cmocka_unit_test(two_cores_have_a_lane_each),
        cmocka_unit_test(a_lane_alone_has_all_cores),
        cmocka_unit_test(the_command_line_wins_over_the_environment_and_that_over_the_file),
    };
    program_begin(argc, argv);
    write_text("fleet.yaml",
               "cameras:\n  door:\n    detect: {model: model.json}\n"
               "    inputs: [{path: \"synthetic:walkers?n=1&size=64x48&frames=0\"}]\n");
    mkdir("in", 0700);
    int failed = cmocka_run_group_tests(tests, find_cores, NULL);
    program_end();
    return failed;
}
