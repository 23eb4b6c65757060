#include "daemon.h"

#include <postrider/daemon/serve.h>
#include <postrider/log/log.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <utility>

namespace postrider::daemon {
namespace {

log::level level_of(const std::string& name) {
    if (name == "debug") return log::level::debug;
    if (name == "warning") return log::level::warning;
    if (name == "error") return log::level::error;
    return log::level::info;
}

log::format format_of(const std::string& name) {
    if (name == "text") return log::format::text;
    if (name == "json") return log::format::json;
    return ::isatty(STDERR_FILENO) != 0 ? log::format::text : log::format::json;
}

/// Many sockets, no core dumps (they would hold secrets), and writes to closed sockets are errors, not
/// signals.
void prepare_process() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &files);
    }
    const rlimit no_core{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &no_core);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // The limit does not hold where core dumps go to a program, and this also keeps other processes of the
    // same user out of the memory. Sanitizers look into it themselves.
    (void)::prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int serve(const serve_options& options) {
    log::configure(level_of(options.log_level), format_of(options.log_format));
    prepare_process();
    auto settings = options.config_file.empty()
                        ? config::defaults()
                        : config::load(options.config_file, config::process_environment());
    if (!settings) {
        for (const auto& fault : settings.error())
            std::fprintf(stderr, "%s\n", fault.to_string().c_str());
        return 2;
    }
    daemon daemon(options, std::move(*settings));
    const int code = daemon.run();
    log::flush();
    return code;
}

}  // namespace postrider::daemon
