// SPDX-License-Identifier: Apache-2.0
// The first and only program of a virtual machine that has a camera: loads the kernel modules in
// /modules/list ("FILE PARAMETERS" a line), sees the host's files without writing to them, runs the
// program in /command (an argument a line) there, and says how it ended. Static: there is nothing
// else.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 4096, MOST_ARGUMENTS = 30 };

static void give_up(const char *what)
{
    perror(what);
    sync();
    reboot(RB_POWER_OFF);
}

static void must(int result, const char *what)
{
    if (result < 0)
        give_up(what);
}

static char *next_line(FILE *file, char line[LINE])
{
    if (!fgets(line, LINE, file))
        return NULL;
    line[strcspn(line, "\n")] = 0;
    return line;
}

static void load_modules(void)
{
    char line[LINE], path[LINE + 16];
    FILE *list = fopen("/modules/list", "r");
    if (!list)
        give_up("/modules/list");
    while (next_line(list, line)) {
        char *parameters = strchr(line, ' ');
        *parameters++ = 0;
        snprintf(path, sizeof path, "/modules/%s", line);
        int file = open(path, O_RDONLY);
        must(file, path);
        must((int)syscall(SYS_finit_module, file, parameters, 0), path);
        close(file);
    }
    fclose(list);
}

static void enter_host(void)
{
    mkdir("/host", 0755);
    must(mount("host", "/host", "9p", MS_RDONLY,
               "trans=virtio,version=9p2000.L,cache=loose,msize=512000"),
         "the host's files");
    must(mount("none", "/host/dev", "devtmpfs", 0, NULL), "/dev");
    must(mount("none", "/host/proc", "proc", 0, NULL), "/proc");
    must(mount("none", "/host/tmp", "tmpfs", 0, NULL), "/tmp");
    must(chroot("/host"), "chroot");
    must(chdir("/tmp"), "/tmp");
}

// The child is the program; the file is read before its place is out of sight.
static char **read_command(void)
{
    static char *arguments[MOST_ARGUMENTS + 1];
    char line[LINE];
    int count = 0;
    FILE *file = fopen("/command", "r");
    if (!file)
        give_up("/command");
    while (count < MOST_ARGUMENTS && next_line(file, line))
        arguments[count++] = strdup(line);
    fclose(file);
    return arguments;
}

int main(void)
{
    int status = 0;
    char **command = read_command();
    load_modules();
    enter_host();
    pid_t child = fork();
    if (child == 0) {
        execv(command[0], command);
        perror(command[0]);
        _exit(126);
    }
    waitpid(child, &status, 0);
    printf("\nended: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    fflush(stdout);
    reboot(RB_POWER_OFF);
    return 0;
}
