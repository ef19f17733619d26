// SPDX-License-Identifier: Apache-2.0
// The list of loaded models. One lock is held while a file is read, hashed and loaded, so that two
// threads that open the same file load it once; runs never take it.
#include "runtime/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "runtime/graph.h"

enum {
    MAX_THREADS = 256,
    MEASURED_RUNS = 4, // after which a library's memory hardly grows
};
static const size_t max_file = (size_t)1 << 31;

// A file that was read, told from others without reading it.
struct file {
    struct file *next;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct ct__session {
    struct ct__session *next;
    int references;
    const struct ct__backend *backend;
    void *model;
    struct ct__plan plan;
    uint8_t digest[CT__HASH_SIZE];
    struct file *files; // all that are known to have this content
    char *path;         // of the first: the scope of messages
    atomic_llong memory_bytes;
    atomic_int measured; // runs
};

struct ct__request {
    struct ct__session *session;
    void *request;
    struct ct__tensor outputs[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool measures; // memory: asking the kernel takes milliseconds
static struct ct__session *sessions;

// Files, and what is known of them.

// Looks at a file; false for what is no regular file, which may give other bytes each time it is
// read.
static bool look(const char *path, struct file *file)
{
    struct stat status;
    if (stat(path, &status) || !S_ISREG(status.st_mode))
        return false;
    *file = (struct file){.device = status.st_dev,
                          .inode = status.st_ino,
                          .size = status.st_size,
                          .changed = status.st_mtim};
    return true;
}

static bool same_place(const struct file *a, const struct file *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static bool same_file(const struct file *a, const struct file *b)
{
    return same_place(a, b) && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

// Whether a file is still what it was.
static bool is_still(const char *path, const struct file *file)
{
    struct file now;
    return look(path, &now) && same_file(&now, file);
}

// Drops what sessions knew of this file as it was before.
static void forget_older(const struct file *file)
{
    for (struct ct__session *each = sessions; each; each = each->next) {
        struct file **link = &each->files;
        while (*link) {
            struct file *known = *link;
            if (same_place(known, file) && !same_file(known, file)) {
                *link = known->next;
                ct__free(known);
            } else {
                link = &known->next;
            }
        }
    }
}

// Without memory for it the file is just read again the next time.
static void remember(struct ct__session *session, const struct file *file)
{
    forget_older(file);
    struct file *known = ct__alloc(sizeof *known);
    if (!known)
        return;
    *known = *file;
    known->next = session->files;
    session->files = known;
}

// The list.

static bool fits(const struct ct__session *session, const char *backend,
                 const struct ct__plan *plan)
{
    // No two backends accept the same data, so whichever has it loaded is also the automatic
    // choice.
    return session->plan.threads == plan->threads &&
           (strcmp(backend, "auto") == 0 || strcmp(backend, session->backend->name) == 0);
}

static struct ct__session *find_file(const struct file *file, const char *backend,
                                     const struct ct__plan *plan)
{
    for (struct ct__session *each = sessions; each; each = each->next) {
        if (!fits(each, backend, plan))
            continue;
        for (const struct file *known = each->files; known; known = known->next) {
            if (same_file(known, file))
                return each;
        }
    }
    return NULL;
}

static struct ct__session *find_content(const uint8_t *digest, const char *backend,
                                        const struct ct__plan *plan)
{
    for (struct ct__session *each = sessions; each; each = each->next) {
        if (fits(each, backend, plan) && memcmp(each->digest, digest, CT__HASH_SIZE) == 0)
            return each;
    }
    return NULL;
}

static void release(struct ct__session *session)
{
    if (session->model)
        session->backend->unload(session->model);
    for (struct file *file = session->files, *next; file; file = next) {
        next = file->next;
        ct__free(file);
    }
    ct__free(session->path);
    ct__free(session);
}

// Opening.

static int fail_content(const struct ct__backend *backend, const char *path, const uint8_t *data,
                        size_t size)
{
    const char *kind = backend == &ct__backend_ort ? "ONNX" : backend->name;
    if (size == 0)
        return ct__fail(CT_ERROR_FORMAT, path, "no %s model: the file is empty", kind);
    char text[16] = "";
    for (size_t i = 0; i < size && i < 4; i++)
        snprintf(text + 3 * i, sizeof text - 3 * i, " %02x", data[i]);
    return ct__fail(CT_ERROR_FORMAT, path, "no %s model: starts with bytes%s", kind, text);
}

// What two models must have in common to be one: their bytes and, where weights come from files
// beside them, the folder.
static void digest_of(const struct ct__backend *backend, const char *path, const uint8_t *data,
                      size_t size, uint8_t digest[CT__HASH_SIZE])
{
    struct {
        uint8_t digest[CT__HASH_SIZE];
        uint64_t device, inode;
    } both = {0};
    ct__hash_bytes(data, size, digest);
    if (!backend->beside || !backend->beside(data, size))
        return;
    char name[4096];
    const char *slash = strrchr(path, '/');
    struct stat folder = {0};
    snprintf(name, sizeof name, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    if (stat(name, &folder))
        return;
    memcpy(both.digest, digest, CT__HASH_SIZE);
    both.device = folder.st_dev;
    both.inode = folder.st_ino;
    ct__hash_bytes(&both, sizeof both, digest);
}

// `before` 0: nothing was measured.
static void add_growth(struct ct__session *session, int64_t before)
{
    int64_t now = before ? ct__mem_private() : 0;
    if (now > before)
        atomic_fetch_add(&session->memory_bytes, now - before);
}

// The library itself is there before anything is measured.
static int load_model(struct ct__session *session, const uint8_t *data, size_t size)
{
    char text[8], path[8];
    session->backend->probe(text, sizeof text, path, sizeof path);
    int64_t before = atomic_load(&measures) ? ct__mem_private() : 0;
    int error = session->backend->load(&session->model, session->path, data, size, &session->plan);
    ct__mem_trim(); // a library copies weights more than once before it is done
    add_growth(session, before);
    return error;
}

// Without data the backend reads `file` again, which must not have changed meanwhile.
static int load(struct ct__session **out, const char *path, const struct ct__backend *backend,
                const struct ct__plan *plan, const uint8_t *data, size_t size,
                const struct file *file)
{
    struct ct__session *session = ct__calloc(1, sizeof *session);
    if (!session)
        return ct__fail_memory(path);
    session->backend = backend;
    session->plan = *plan;
    session->path = ct__strdup(path);
    int error = session->path ? load_model(session, data, size) : ct__fail_memory(path);
    if (!error && !data && !is_still(path, file))
        error = ct__fail(CT_ERROR_IO, path, "changed while it was loaded");
    if (error) {
        release(session);
        return error;
    }
    session->next = sessions;
    sessions = session;
    *out = session;
    return CT_OK;
}

// The session of these bytes: one that is loaded already, or a new one. They are let go before it
// is loaded where the backend can do without: they are a quarter of what loading takes.
static int open_content(struct ct__session **out, const char *path, const char *name,
                        const struct ct__plan *plan, uint8_t **data, size_t size,
                        const struct file *file)
{
    const struct ct__backend *backend = ct__backend_find(name, *data, size);
    uint8_t digest[CT__HASH_SIZE];
    if (!backend->accepts(*data, size))
        return fail_content(backend, path, *data, size);
    digest_of(backend, path, *data, size, digest);
    *out = find_content(digest, name, plan);
    if (*out)
        return CT_OK;
    if (file && backend->reads_files) {
        ct__free(*data);
        *data = NULL;
    }
    int error = load(out, path, backend, plan, *data, size, file);
    if (!error)
        memcpy((*out)->digest, digest, sizeof digest);
    return error;
}

// Call it locked.
static int open_file(struct ct__session **out, const char *path, const char *backend,
                     const struct ct__plan *plan)
{
    struct file before = {0};
    bool regular = look(path, &before);
    *out = regular ? find_file(&before, backend, plan) : NULL;
    if (*out)
        return CT_OK;
    uint8_t *data;
    size_t size;
    int error = ct__file_read(path, max_file, &data, &size);
    if (error)
        return error;
    error = open_content(out, path, backend, plan, &data, size, regular ? &before : NULL);
    // A file that is being written may change again without a new time.
    if (!error && regular && is_still(path, &before))
        remember(*out, &before);
    ct__free(data);
    return error;
}

int ct__session_open(struct ct__session **out, const char *path, const char *backend,
                     const struct ct__plan *plan)
{
    struct ct__plan used = plan ? *plan : (struct ct__plan){0};
    struct ct__session *session = NULL;
    used.threads = used.threads ? used.threads : 1;
    if (!backend)
        backend = "auto";
    if (!ct__backend_find(backend, NULL, 0))
        return ct__fail(CT_ERROR_INVALID, path, "backend = %s: expected auto, ort or fake",
                        backend);
    if (used.threads < 1 || used.threads > MAX_THREADS)
        return ct__fail(CT_ERROR_INVALID, path, "threads = %d: expected 1 to %d", used.threads,
                        MAX_THREADS);
    pthread_mutex_lock(&lock);
    int error = open_file(&session, path, backend, &used);
    if (!error)
        session->references++;
    pthread_mutex_unlock(&lock);
    if (!error)
        *out = session;
    return error;
}

void ct__session_close(struct ct__session **session)
{
    struct ct__session *closed = *session;
    *session = NULL;
    if (!closed)
        return;
    pthread_mutex_lock(&lock);
    bool last = --closed->references == 0;
    if (last) {
        struct ct__session **link = &sessions;
        while (*link != closed)
            link = &(*link)->next;
        *link = closed->next;
        release(closed);
    }
    pthread_mutex_unlock(&lock);
    if (last)
        ct__mem_trim();
}

int ct__session_loaded(void)
{
    int count = 0;
    pthread_mutex_lock(&lock);
    for (const struct ct__session *each = sessions; each; each = each->next)
        count++;
    pthread_mutex_unlock(&lock);
    return count;
}

const struct ct__graph *ct__session_graph(const struct ct__session *session)
{
    return session->backend->graph(session->model);
}

const struct ct__backend *ct__session_backend(const struct ct__session *session)
{
    return session->backend;
}

// Requests.

// Checks the shapes that are asked for against the graph's, and completes the tensors.
static int complete(const struct ct__session *session, struct ct__tensor *input,
                    const struct ct_tensor_info *info)
{
    char asked[128], declared[128];
    bool fits = input->rank == info->rank && ct__shape_count(input->rank, input->dim) >= 0;
    for (int i = 0; fits && i < info->rank; i++)
        fits = info->dim[i] < 0 || info->dim[i] == input->dim[i];
    if (!fits)
        return ct__fail(CT_ERROR_INVALID, session->path, "input %s is %s: expected %s", info->name,
                        ct__shape_text(input->rank, input->dim, asked, sizeof asked),
                        ct__shape_text(info->rank, info->dim, declared, sizeof declared));
    input->name = info->name;
    input->type = info->type;
    return CT_OK;
}

int ct__request_create(struct ct__request **out, struct ct__session *session,
                       struct ct__tensor *inputs)
{
    const struct ct__graph *graph = ct__session_graph(session);
    int error = CT_OK;
    for (int i = 0; !error && i < graph->input_count; i++)
        error = complete(session, &inputs[i], &graph->inputs[i]);
    if (error)
        return error;
    struct ct__request *request =
        ct__calloc(1, sizeof *request + (size_t)graph->output_count * sizeof *request->outputs);
    if (!request)
        return ct__fail_memory(session->path);
    error = session->backend->request(&request->request, session->model, session->path, inputs);
    if (error) {
        ct__free(request);
        return error;
    }
    request->session = session;
    pthread_mutex_lock(&lock);
    session->references++;
    pthread_mutex_unlock(&lock);
    *out = request;
    return CT_OK;
}

void ct__session_measure(void)
{
    atomic_store(&measures, true);
}

int64_t ct__session_memory(const struct ct__session *session)
{
    return atomic_load(&session->memory_bytes);
}

int ct__request_run(struct ct__request *request, const struct ct__tensor **outputs)
{
    struct ct__session *session = request->session;
    bool early = atomic_load(&measures) && atomic_load(&session->measured) < MEASURED_RUNS &&
                 atomic_fetch_add(&session->measured, 1) < MEASURED_RUNS;
    int64_t before = early ? ct__mem_private() : 0;
    int error = session->backend->run(request->request, request->outputs);
    add_growth(session, before);
    if (!error)
        *outputs = request->outputs;
    return error;
}

void ct__request_destroy(struct ct__request **request)
{
    struct ct__request *destroyed = *request;
    *request = NULL;
    if (!destroyed)
        return;
    destroyed->session->backend->close(destroyed->request);
    ct__session_close(&destroyed->session);
    ct__free(destroyed);
}
