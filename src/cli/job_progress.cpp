#include "job_progress.h"

#include "fields.h"

#include <algorithm>
#include <ostream>
#include <thread>

namespace postrider::cli {

namespace {

constexpr milliseconds pause_between_looks{100};
constexpr milliseconds patience{60000};
constexpr std::size_t longest_bar = 40;

std::uint64_t count(const json& job, const char* name) {
    const auto found = job.find(name);
    return found != job.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// Draws over its own line on a terminal; draws nothing elsewhere.
class drawing {
 public:
    explicit drawing(const terminal& streams) : streams_(streams) {}
    ~drawing() { wipe(); }
    drawing(const drawing&) = delete;
    drawing& operator=(const drawing&) = delete;

    void draw(const std::string& line) {
        if (streams_.err_columns == 0) return;
        wipe();
        streams_.err << line << std::flush;
        drawn_ = true;
    }

 private:
    void wipe() {
        if (drawn_) streams_.err << "\r\x1b[K" << std::flush;
        drawn_ = false;
    }

    const terminal& streams_;
    bool drawn_ = false;
};

}  // namespace

std::string progress_line(const json& job, std::size_t width) {
    const auto done = count(job, "done");
    const auto total = std::max(count(job, "total"), done);
    std::string text = grouped(done) + " of " + grouped(total);
    if (const auto skipped = count(job, "skipped"); skipped > 0) text += ", " + grouped(skipped) + " skipped";
    if (total == 0) return "counting";
    const auto percent = std::to_string(done * 100 / total);
    const std::string behind =
        std::string(4 - std::min<std::size_t>(percent.size(), 4), ' ') + percent + " %  " + text;
    constexpr std::size_t brackets = 2;
    if (width < behind.size() + brackets + 10) return behind.substr(0, width);
    const auto bar = std::min(width - behind.size() - brackets, longest_bar);
    const auto filled = static_cast<std::size_t>(done * bar / total);
    return '[' + std::string(filled, '#') + std::string(bar - filled, '-') + ']' + behind;
}

expected<json, api_failure> follow_job(const api& api, const std::string& id, const context& context) {
    drawing drawing(context.streams);
    auto give_up = system_time().monotonic_now() + patience;
    while (true) {
        auto answer = api.get("/api/jobs/" + as_segment(id));
        const bool waits = !answer && answer.error().away && system_time().monotonic_now() < give_up;
        if (!answer && !waits) {
            auto failure = std::move(answer.error());
            failure.text +=
                "; the job goes on without this command: `postrider dead-letters follow " + id + "`";
            return unexpected<api_failure>(std::move(failure));
        }
        if (answer) {
            const auto job = answer->value("job", json::object());
            if (field(job, "status") != "running") return job;
            give_up = system_time().monotonic_now() + patience;
            drawing.draw(progress_line(job, context.streams.err_columns));
        } else {
            drawing.draw("waiting for the daemon");
        }
        std::this_thread::sleep_for(pause_between_looks);
    }
}

}  // namespace postrider::cli
