// SPDX-License-Identifier: Apache-2.0
// chiton serve: models over HTTP until it is interrupted.
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chiton/remover.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/listen.h"

struct serve {
    struct ct__common common;
    struct ct__option_list models;
    int64_t max_body, max_queue, max_pixels, max_tensors;
    double deadline_s, idle_unload_s;
};

// A signal adds to the descriptor, also one that came before.
static int wait_for_signal(void)
{
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0)
        return ct__fail(CT_ERROR_LIMIT, "serve", "cannot make an eventfd");
    ct__interrupt_wake(wake);
    struct pollfd file = {.fd = wake, .events = POLLIN};
    eventfd_t count;
    while (!ct__interrupted())
        if (poll(&file, 1, -1) > 0)
            eventfd_read(wake, &count);
    ct__interrupt_wake(-1);
    close(wake);
    return CT_OK;
}

static int read_params(const struct serve *serve, struct ct_remover_params *params)
{
    struct ct_model_params model;
    int error = ct__model_params_read(&serve->common, &model);
    *params = (struct ct_remover_params){
        .service = ct__listen_params(&serve->common, "127.0.0.1:7000"),
        .models = serve->models.items,
        .model_count = serve->models.count,
        .model_folder = serve->common.model.folder,
        .backend = model.backend,
        .threads = model.threads,
        .lanes = (int)serve->common.run.lanes,
        .max_queue = (int)serve->max_queue,
        .max_body = serve->max_body,
        .max_pixels = serve->max_pixels,
        .max_tensors = serve->max_tensors,
        .deadline_ms = (int)(serve->deadline_s * 1000),
        .idle_unload_s = serve->idle_unload_s > 0 ? (int)ceil(serve->idle_unload_s) : -1,
    };
    return error;
}

static int serve(void *options, struct ct__option_list operands)
{
    (void)operands;
    struct ct_remover_params params;
    ct_remover *remover = NULL;
    int error = ct__cpus_bind(((const struct serve *)options)->common.run.cpus);
    error = error ? error : read_params(options, &params);
    error = error ? error : ct_remover_start(&remover, &params);
    if (!error) {
        ct__listen_tell(ct_remover_address(remover));
        error = wait_for_signal();
    }
    ct_remover_stop(&remover);
    return ct__interrupt_signal() == SIGINT ? CT__EXIT_INTERRUPTED : ct__exit_code(error);
}

// clang-format off
static const struct ct__option serve_options[] = {
    {"model", 'm', CT__OPTION_LIST, offsetof(struct serve, models), .argument = "MODEL",
     .help = "file, or name in the model folders, to load at once; the first is for cut-outs that "
             "name none; default u2netp"},
    {"lanes", 0, CT__OPTION_INT, offsetof(struct serve, common.run.lanes), .most = 256,
     .unit = "threads", .help = "requests in work at the same time; 0: as many as the cores allow"},
    {"threads", 0, CT__OPTION_INT, offsetof(struct serve, common.open.threads), .most = 256,
     .unit = "threads", .help = "for each request; 0: one, or OMP_NUM_THREADS"},
    {"max-queue", 0, CT__OPTION_INT, offsetof(struct serve, max_queue), .preset = "64", .least = 1,
     .most = 1000000, .unit = "requests", .help = "that may wait; more are told 429"},
    {"max-body", 0, CT__OPTION_INT, offsetof(struct serve, max_body), .preset = "33554432",
     .least = 1, .most = 2147483647, .unit = "bytes",
     .help = "of a request, and of a file that is fetched; more is told 413"},
    {"max-pixels", 0, CT__OPTION_INT, offsetof(struct serve, max_pixels), .preset = "67108864",
     .least = 1, .most = 4294836225.0, .unit = "pixels",
     .help = "refuse larger pictures before they are decoded"},
    {"max-tensors", 0, CT__OPTION_INT, offsetof(struct serve, max_tensors), .preset = "268435456",
     .least = 1, .most = 1099511627776.0, .unit = "bytes",
     .help = "of all tensors that come with a request, and of all that go back; more is told 413"},
    {"deadline", 0, CT__OPTION_FLOAT, offsetof(struct serve, deadline_s), .preset = "60",
     .least = .001, .most = 86400, .unit = "seconds",
     .help = "from a request to its answer; later it is told 503"},
    {"idle-unload", 0, CT__OPTION_FLOAT, offsetof(struct serve, idle_unload_s), .preset = "300",
     .most = 31536000, .unit = "seconds",
     .help = "let go of a model that nobody used for so long; 0: never"},
    {NULL},
};

static const struct ct__option *const groups[] = {
    serve_options, ct__core_options, ct__listen_options, ct__folder_options, ct__backend_options,
    ct__library_options, ct__log_options, NULL,
};

const struct ct__command ct__command_serve = {
    .name = "serve",
    .summary = "models over HTTP: backgrounds removed, tensors in and out",
    .details =
        "POST /v2/models/MODEL/infer runs a model on tensors, in JSON or binary, as KServe's Open "
        "Inference Protocol has it; any ONNX file will do. POST /api/remove takes a form "
        "(multipart/form-data) with a picture in the field `file`, GET /api/remove?url=... fetches "
        "one; both answer with a PNG, as rembg's server does. Further fields are rembg's: model a "
        "af ab ae om ppm bgc. /healthz, /readyz, /metrics and /api/models tell how it is. It "
        "listens at 127.0.0.1:7000 unless told, and ends on SIGTERM when what it has taken is "
        "answered.",
    .groups = groups,
    .run = serve,
    .size = sizeof(struct serve),
};
