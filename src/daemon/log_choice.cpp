#include "log_choice.h"

#include <postrider/log/log.h>

#include <unistd.h>

#include <optional>

namespace postrider::daemon {

namespace {

log::format format_for_stderr() {
    return ::isatty(STDERR_FILENO) != 0 ? log::format::text : log::format::json;
}

}  // namespace

void choose_log(const serve_options& options, const config::log_settings& configured) {
    log::settings wanted;
    const auto level = log::level_of(options.log_level);
    wanted.least = level ? *level : configured.least;
    const auto format = options.log_format.empty() ? configured.shape : log::format_of(options.log_format);
    wanted.shape = format ? *format : format_for_stderr();
    wanted.sampling = configured.sampling;
    log::configure(wanted);
}

}  // namespace postrider::daemon
