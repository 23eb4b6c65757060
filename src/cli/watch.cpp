#include "watch.h"

#include "terminal_text.h"
#include "tone.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <ostream>
#include <string>
#include <thread>

namespace postrider::cli {

namespace {

/// Nothing is half written: each picture goes out with one flush. A request may be under way, and nobody
/// waits for it.
void end_at_once(int) {
    ::_exit(context::done);
}

std::string head_of(const terminal& streams, milliseconds every) {
    const auto now = to_rfc3339(system_time().wall_now());
    if (!streams.out_moves) return "--- " + now + '\n';
    auto seconds = std::to_string(static_cast<double>(every.count()) / 1000);
    seconds.erase(seconds.find_last_not_of('0') + 1);
    if (seconds.back() == '.') seconds.pop_back();
    return now + ", every " + seconds + " s; Ctrl-C ends\n\n";
}

std::string absence(const terminal& streams, const api_failure& failure, milliseconds since) {
    const auto text = "away for " + std::to_string(since.count() / 1000) + " s: " + printable(failure.text);
    return (streams.out_colours ? painted(text, tone::bad) : text) + '\n';
}

/// From the top of the screen over what stands there, without a flicker; what does not fit is left out.
std::string as_picture(const std::string& text, std::size_t rows) {
    std::string out = "\x1b[H";
    std::size_t at = 0;
    for (std::size_t row = 1; at < text.size() && row < rows; ++row) {
        const auto end = std::min(text.find('\n', at), text.size());
        out.append(text, at, end - at).append("\x1b[K\n");
        at = end + 1;
    }
    return out += "\x1b[J";
}

class display {
 public:
    explicit display(const terminal& streams) : streams_(streams) {
        if (streams_.out_moves) streams_.out << "\x1b[H\x1b[2J";
    }
    void show(const std::string& text) {
        streams_.out << (streams_.out_moves ? as_picture(text, streams_.out_rows) : text) << std::flush;
    }

 private:
    const terminal& streams_;
};

}  // namespace

int watch(const api_options& options, const context& context, milliseconds every,
          const std::function<api_outcome(const api&)>& asking) {
    auto client = daemon_client::make(options.client);
    if (!client) return context.fail(context::wrong_usage, client.error());
    const api api(std::move(*client));
    (void)std::signal(SIGINT, end_at_once);
    (void)std::signal(SIGTERM, end_at_once);
    display display(context.streams);
    std::optional<monotonic_time> away_since;
    for (;;) {
        const auto outcome = asking(api);
        const auto now = system_time().monotonic_now();
        if (!outcome && !outcome.error().away) return context.fail(context::failed, outcome.error().text);
        if (outcome)
            away_since.reset();
        else if (!away_since)
            away_since = now;
        display.show(head_of(context.streams, every) +
                     (outcome ? *outcome
                              : absence(context.streams, outcome.error(),
                                        std::chrono::duration_cast<milliseconds>(now - *away_since))));
        if (!context.streams.out) return context::failed;  // nobody reads any more
        std::this_thread::sleep_for(every);
    }
}

}  // namespace postrider::cli
