#include "daemon.h"
#include "log_choice.h"

#include <postrider/daemon/serve.h>
#include <postrider/log/log.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <utility>

namespace postrider::daemon {
namespace {

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
    choose_log(options, {});
    prepare_process();
    auto settings = options.config_file.empty()
                        ? config::defaults()
                        : config::load(options.config_file, config::process_environment());
    if (!settings) {
        for (const auto& fault : settings.error())
            std::fprintf(stderr, "%s\n", fault.to_string().c_str());
        return 2;
    }
    choose_log(options, settings->log);
    daemon daemon(options, std::move(*settings));
    const int code = daemon.run();
    log::flush();
    return code;
}

}  // namespace postrider::daemon
