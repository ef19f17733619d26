// SPDX-License-Identifier: Apache-2.0
#include "transfer.h"

#include <stdlib.h>

#include <chiton/log.h>

#include "../said.h"
#include "program.h"
#include "server.h"

char served_digest[2 * CT__HASH_SIZE + 1];

void transfer_begin(int argc, char **argv)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                          "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
    uint8_t bytes[CT__HASH_SIZE];
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++)
        unsetenv(proxies[i]);
    program_begin(argc, argv);
    server_start(argv[1], argv[2], NULL);
    ct__hash_bytes(served, SERVED_BYTES, bytes);
    ct__hash_text(bytes, served_digest);
    said_listen(CT_LOG_WARN);
}

void transfer_end(void)
{
    server_stop();
    program_end();
}
