// SPDX-License-Identifier: GPL-2.0-only
// scx-mitosis-exporter: the service's figures over HTTP, for Prometheus and what reads its formats.
// See scx-mitosis-exporter(8). It listens on nothing itself: systemd hands it the socket.
#include "exporter/exposition.hpp"
#include "version.hpp"

#include <CLI/CLI.hpp>
#include <microhttpd.h>
#include <signal.h> // NOLINT(modernize-deprecated-headers): sigwait() is POSIX
#include <systemd/sd-daemon.h>

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace mitosis::exporter;

constexpr int ok = 0;
constexpr int usage = 64;    // EX_USAGE
constexpr int internal = 70; // EX_SOFTWARE
constexpr unsigned most_connections = 32;
constexpr unsigned patience_s = 15;

std::string_view header_of(MHD_Connection *connection, const char *name)
{
    const char *const value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value == nullptr ? "" : value;
}

MHD_Result send(MHD_Connection *connection, const Page &page)
{
    const std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)> response(
        MHD_create_response_from_buffer_copy(page.body.size(), page.body.data()),
        &MHD_destroy_response);
    if (!response || MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE,
                                             page.content_type.c_str()) == MHD_NO)
        return MHD_NO;
    return MHD_queue_response(connection, page.status, response.get());
}

// NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's
MHD_Result answer(void * /*nothing*/, MHD_Connection *connection, const char *path,
                  const char *method, const char * /*version*/, const char * /*body*/,
                  std::size_t *body_size, void ** /*state*/)
{
    *body_size = 0; // whatever was sent is of no interest
    return send(connection, make_page(method, path, header_of(connection, "Accept")));
}

/// Blocked before there are threads, so that only sigwait() sees them.
sigset_t block_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

int serve(int listener)
{
    const sigset_t signals = block_signals();
    const std::unique_ptr<MHD_Daemon, decltype(&MHD_stop_daemon)> daemon(
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, nullptr, nullptr,
                         &answer, nullptr, MHD_OPTION_LISTEN_SOCKET, listener,
                         MHD_OPTION_CONNECTION_LIMIT, most_connections,
                         MHD_OPTION_CONNECTION_TIMEOUT, patience_s, MHD_OPTION_END),
        &MHD_stop_daemon);
    if (!daemon) {
        std::cerr << "cannot serve HTTP on the socket that systemd passed\n";
        return internal;
    }
    sd_notify(0, "READY=1");
    int received = 0;
    sigwait(&signals, &received);
    sd_notify(0, "STOPPING=1");
    return ok;
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App app{"Figures of the Mitosis CPU scheduler over HTTP, for Prometheus.",
                 "scx-mitosis-exporter"};
    app.set_version_flag("--version", std::string(mitosis::ctl::version));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? ok : usage;
    }
    if (sd_listen_fds(1) != 1 ||
        sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
        std::cerr << "needs one listening socket from systemd: "
                     "systemctl start scx-mitosis-exporter.socket\n";
        return usage;
    }
    return serve(SD_LISTEN_FDS_START);
}
