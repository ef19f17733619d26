// SPDX-License-Identifier: Apache-2.0
// chiton run: a fleet of cameras until it is stopped. The engine runs on a thread of its own; this
// one waits for signals, for a changed file and for the clock.
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "cli/commands.h"
#include "cli/fleet.h"
#include "cli/interrupt.h"
#include "cli/listen.h"
#include "cli/talk.h"
#include "cli/watch.h"

struct run {
    struct ct__common common;
    struct ct__fleet_options fleet;
    double duration_s, cpu_budget;
    int watch_config;
};

// A run at work.
struct work {
    const struct run *options;
    const char *path;
    ct_fleet *fleet;
    ct_engine *engine;
    ct_service *service; // NULL: nowhere
    pthread_t thread;    // in ct_engine_run()
    int wake;            // eventfd: a signal has come, or the engine has ended
    atomic_bool ended;
    int result; // of ct_engine_run(), once it has ended
    struct ct__file_watch watch;
    int64_t end_ns, status_ns; // when to stop; when to show the next status; 0: never
};

static const int64_t second_ns = INT64_C(1000000000), status_every_ns = INT64_C(5000000000);

// ---- the engine

static void *run_engine(void *argument)
{
    static const uint64_t one = 1;
    struct work *work = argument;
    work->result = ct_engine_run(work->engine);
    atomic_store(&work->ended, true);
    if (write(work->wake, &one, sizeof one) < 0)
        ct__fail(CT_ERROR_IO, "run", "cannot wake the main thread");
    return NULL;
}

// What the command line says of the engine wins over the file.
static int create_engine(struct work *work)
{
    const struct run *run = work->options;
    struct ct_engine_params params = *ct_fleet_engine_params(work->fleet);
    params.wake_signal = ct__interrupt_lend();
    if (run->common.run.lanes)
        params.lanes = (int)run->common.run.lanes;
    if (run->common.run.trace)
        params.trace = run->common.run.trace;
    if (run->common.run.metrics)
        params.metrics = run->common.run.metrics;
    if (run->cpu_budget > 0)
        params.cpu_budget = run->cpu_budget;
    if (run->common.run.cpus)
        params.cpus = run->common.run.cpus;
    int error = ct__cpus_bind(params.cpus);
    error = error ? error : ct_engine_create(&work->engine, &params);
    return error ? error : ct_fleet_apply(work->fleet, work->engine);
}

// ---- while it runs

// What the service gives as the configuration in force.
static void show_config(const struct work *work)
{
    char *text = NULL;
    int64_t length = work->service ? ct_fleet_explain(work->fleet, NULL, 0) : -1;
    if (length >= 0 && (text = ct__alloc((size_t)length + 1)))
        ct_fleet_explain(work->fleet, text, (size_t)length + 1);
    if (text)
        ct_service_set_config(work->service, text);
    ct__free(text);
}

static void reload(struct work *work)
{
    int changed = ct_fleet_reload(work->fleet);
    show_config(work);
    if (changed < 0)
        ct__log(CT_LOG_ERROR, work->path, "not taken over: everything goes on as before");
    else
        ct__log(CT_LOG_INFO, work->path, "read again: %d of %d cameras changed", changed,
                ct_fleet_camera_count(work->fleet));
}

static void put_camera(struct ct__text *text, const struct ct_stream_info *info)
{
    ct__text_printf(text, "%-16.128s %-10s %5.1f fps of %5.1f  %6.1f ms  %llu objects", info->name,
                    ct_stream_state_name(info->state), info->result_fps, info->source_fps,
                    info->latency_p50_ms, (unsigned long long)info->stats.objects);
    if (info->stats.dropped)
        ct__text_printf(text, "  %llu dropped", (unsigned long long)info->stats.dropped);
    if (info->state == CT_STREAM_WAITING)
        ct__text_printf(text, "  again in %.0f s", ceil(info->retry_s));
    if (info->reason[0] && info->state != CT_STREAM_LIVE)
        ct__text_printf(text, "  %s", info->reason);
    ct__text_puts(text, "\n");
}

static void show_status(const struct work *work)
{
    struct ct__text text = {0};
    for (int i = 0; i < ct_fleet_camera_count(work->fleet); i++) {
        struct ct_stream_info info;
        int stream = -1;
        ct_fleet_camera(work->fleet, i, &stream);
        if (ct_engine_stream_info(work->engine, stream, &info) == CT_OK)
            put_camera(&text, &info);
    }
    if (text.data && !text.failed)
        ct__talk_text(text.data);
    ct__text_finish(&text);
}

// Milliseconds until the next thing that the clock brings, -1: none.
static int next_ms(const struct work *work, int64_t now_ns)
{
    const int64_t times[] = {work->end_ns, work->status_ns, work->watch.due_ns};
    int64_t next = INT64_MAX;
    for (int i = 0; i < 3; i++)
        if (times[i] && times[i] < next)
            next = times[i];
    if (next == INT64_MAX)
        return -1;
    return next <= now_ns ? 0 : (int)fmin((double)(next - now_ns) / 1e6 + 1, 1e6);
}

static void wait_for_something(struct work *work)
{
    struct pollfd waiting[] = {{.fd = work->wake, .events = POLLIN},
                               {.fd = work->watch.descriptor, .events = POLLIN}};
    uint64_t count;
    if (poll(waiting, 2, next_ms(work, ct__now_ns())) <= 0)
        return;
    if (waiting[0].revents && read(work->wake, &count, sizeof count) < 0)
        return; // another wait will tell
    if (waiting[1].revents)
        ct__file_watch_take(&work->watch, ct__now_ns());
}

static void look_after(struct work *work)
{
    while (!atomic_load(&work->ended)) {
        wait_for_something(work);
        int64_t now_ns = ct__now_ns();
        bool changed = ct__file_watch_changed(&work->watch, now_ns);
        if (ct__interrupt_hangup() || changed)
            reload(work);
        if (work->end_ns && now_ns >= work->end_ns) {
            ct_engine_stop(work->engine);
            work->end_ns = 0;
        }
        if (work->status_ns && now_ns >= work->status_ns) {
            show_status(work);
            work->status_ns = now_ns + status_every_ns;
        }
    }
}

// ---- all of it

static int start(struct work *work)
{
    const struct run *run = work->options;
    int64_t now_ns = ct__now_ns();
    work->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (work->wake < 0)
        return ct__fail(CT_ERROR_LIMIT, "run", "cannot make an eventfd");
    work->end_ns =
        run->duration_s > 0 ? now_ns + (int64_t)(run->duration_s * (double)second_ns) : 0;
    work->status_ns = isatty(STDERR_FILENO) ? now_ns + second_ns : 0;
    int error = run->watch_config ? ct__file_watch_start(&work->watch, work->path) : CT_OK;
    error = error ? error : create_engine(work);
    if (!error)
        error = ct__listen_start(&work->service, work->engine, &run->common,
                                 ct_fleet_listen(work->fleet));
    show_config(work);
    if (error)
        return error;
    ct__interrupt_wake(work->wake);
    ct__interrupt_watch(work->engine);
    return ct__thread_start(&work->thread, "ct-engine", run_engine, work);
}

static int exit_code(const struct work *work)
{
    if (ct__interrupt_signal() == SIGINT)
        return CT__EXIT_INTERRUPTED;
    return work->result && work->result != CT_ERROR_STOPPED ? CT__EXIT_FAILED : CT__EXIT_DONE;
}

// Begins with the fleet open.
static int run_fleet(struct work *work)
{
    int error = start(work);
    if (!error) {
        look_after(work);
        pthread_join(work->thread, NULL);
    }
    ct__interrupt_watch(NULL);
    ct__interrupt_wake(-1);
    if (!error && work->status_ns)
        show_status(work);
    ct_service_stop(&work->service);
    ct_engine_destroy(&work->engine);
    ct__file_watch_end(&work->watch);
    if (work->wake >= 0)
        close(work->wake);
    return error ? ct__exit_code(error) : exit_code(work);
}

static int run(void *options, struct ct__option_list operands)
{
    const struct run *run = options;
    struct ct_model_params library;
    struct work work = {
        .options = run, .path = operands.items[0], .watch = {.descriptor = -1}, .wake = -1};
    int error = ct__model_params_read(&run->common, &library);
    if (!error)
        error = ct__fleet_read(&work.fleet, work.path, &run->common, &run->fleet);
    if (error)
        return ct__fleet_exit_code(error);
    const char *level =
        run->common.log.level ? run->common.log.level : ct_fleet_log_level(work.fleet);
    ct__talk_start(ct__talk_level(level), run->common.log.json);
    int code = run_fleet(&work);
    ct_fleet_close(&work.fleet);
    return code;
}

// clang-format off
static const struct ct__option run_options[] = {
    {"duration", 0, CT__OPTION_FLOAT, offsetof(struct run, duration_s), .most = 1e9,
     .unit = "seconds", .help = "end after so long; 0: when told to"},
    {"watch-config", 0, CT__OPTION_FLAG, offsetof(struct run, watch_config),
     .help = "read the file again when it changes, as on SIGHUP"},
    {"cpu-budget", 0, CT__OPTION_FLOAT, offsetof(struct run, cpu_budget), .most = 1e5,
     .unit = "percent of a core",
     .help = "lower all rates evenly to stay below; 0: what the file says"},
    {NULL},
};

static const struct ct__option *const groups[] = {
    run_options, ct__listen_options, ct__fleet_options, ct__folder_options, ct__backend_options,
    ct__library_options, ct__run_options, ct__core_options, ct__log_options, NULL,
};

const struct ct__command ct__command_run = {
    .name = "run",
    .operands = "FLEET.yaml",
    .summary = "look at many cameras until stopped",
    .details =
        "The file says which cameras, which models, and where results go: docs/fleet.md has its "
        "keys, `chiton config check` tells what is wrong with it.\n"
        "SIGHUP reads the file again: cameras that have changed are begun anew, the others are not "
        "touched; a file that is wrong changes nothing. SIGTERM is a clean end.",
    .least_operands = 1,
    .most_operands = 1,
    .groups = groups,
    .run = run,
    .size = sizeof(struct run),
};
