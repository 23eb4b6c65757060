#include "buffered_sink.h"
#include "journal.h"
#include "line.h"
#include "sample.h"

#include <postrider/log/log.h>

#include <pthread.h>
#include <spdlog/logger.h>

#include <atomic>
#include <cstdlib>
#include <memory>

namespace postrider::log {

namespace {

/// Never destroyed: destructors of other objects may still write lines.
struct process_log {
    std::shared_ptr<buffered_sink> sink = std::make_shared<buffered_sink>();
    spdlog::logger logger{"postrider", sink};

    process_log() { logger.set_level(spdlog::level::trace); }  // `enabled` decides
};

std::atomic<level> least_level{level::warning};
std::atomic<format> line_format{format::text};
std::atomic<bool> for_journal{false};
sample sampled;

process_log& the_log() {
    static process_log* const instance = [] {
        auto* const made = new process_log;
        ::pthread_atfork([] { the_log().sink->before_fork(); },
                         [] { the_log().sink->after_fork_in_parent(); },
                         [] { the_log().sink->after_fork_in_child(); });
        std::atexit(flush);
        return made;
    }();
    return *instance;
}

/// Made before there are threads: a child forked while another thread made it would wait for it for ever.
[[maybe_unused]] const process_log& made_early = the_log();

spdlog::level::level_enum spdlog_level(level level) noexcept {
    switch (level) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warning:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

void configure(const settings& settings) {
    least_level.store(settings.least, std::memory_order_relaxed);
    line_format.store(settings.shape, std::memory_order_relaxed);
    for_journal.store(writes_to_journal(), std::memory_order_relaxed);
    sampled.set(settings.sampling);
    the_log().sink->start_buffering();
}

settings current() noexcept {
    settings now;
    now.least = least_level.load(std::memory_order_relaxed);
    now.shape = line_format.load(std::memory_order_relaxed);
    now.sampling = sampled.share();
    return now;
}

bool in_sample(std::string_view event_id) noexcept {
    return sampled.contains(event_id);
}

void flush() noexcept {
    the_log().logger.flush();
}

bool enabled(level level) noexcept {
    return level >= least_level.load(std::memory_order_relaxed);
}

void write(level level, std::string_view message, std::initializer_list<field> fields) {
    if (!enabled(level)) return;
    const auto priority =
        for_journal.load(std::memory_order_relaxed) ? journal_priority(level) : std::string_view();
    const wall_time now = system_time().wall_now();
    line_buffer line;
    render_line(line, priority, line_format.load(std::memory_order_relaxed), now, level, message, fields);
    const std::string_view text = line.text();
    // With a time, so that spdlog does not ask for one that nobody reads.
    the_log().logger.log(now, spdlog::source_loc{}, spdlog_level(level),
                         spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace postrider::log
