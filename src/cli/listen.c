// SPDX-License-Identifier: Apache-2.0
// A port of 0 is told as the one that was free, so that whoever starts the program can find it.
#include "cli/listen.h"

#include "cli/talk.h"

void ct__listen_tell(const char *address)
{
    struct ct__text text = {0};
    ct__text_printf(&text, "listening at %s/\n", address);
    if (text.data && !text.failed)
        ct__talk_text(text.data);
    ct__text_finish(&text);
}

struct ct_service_params ct__listen_params(const struct ct__common *common, const char *preset)
{
    const char *given = common->listen.address;
    return (struct ct_service_params){
        .listen = given && given[0] ? given : preset,
        .token_file = common->listen.token_file,
        .tls_certificate = common->listen.tls_certificate,
        .tls_key = common->listen.tls_key,
        .max_clients = (int)common->listen.max_clients,
        .timeout_ms = (int)(common->listen.timeout_s * 1000),
    };
}

int ct__listen_start(ct_service **out, ct_engine *engine, const struct ct__common *common,
                     const char *preset)
{
    const struct ct_service_params params = ct__listen_params(common, preset);
    if (!params.listen || !params.listen[0])
        return CT_OK;
    int error = ct_service_start(out, engine, &params);
    if (!error)
        ct__listen_tell(ct_service_address(*out));
    return error;
}

#define AT(member) offsetof(struct ct__common, listen.member)

// clang-format off
const struct ct__option ct__listen_options[] = {
    {"listen", 0, CT__OPTION_STRING, AT(address), .argument = "ADDRESS:PORT",
     .help = "serve HTTP there, as in 127.0.0.1:8080; port 0: a free one, which is told"},
    {"token-file", 0, CT__OPTION_STRING, AT(token_file), .argument = "FILE",
     .help = "holds the secret that requests must carry"},
    {"tls-cert", 0, CT__OPTION_STRING, AT(tls_certificate), .argument = "FILE",
     .help = "PEM certificate: serve HTTPS"},
    {"tls-key", 0, CT__OPTION_STRING, AT(tls_key), .argument = "FILE",
     .help = "PEM key of the certificate"},
    {"max-clients", 0, CT__OPTION_INT, AT(max_clients), .preset = "512", .least = 1, .most = 100000,
     .help = "how many may look on at once, at pictures and events"},
    {"timeout", 0, CT__OPTION_FLOAT, AT(timeout_s), .preset = "10", .least = 1, .most = 3600,
     .unit = "seconds",
     .help = "without a byte until a client is sent away; twice that until its request is whole"},
    {NULL},
};
