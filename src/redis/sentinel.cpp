#include "connect.h"
#include "sentinel_answer.h"

#include <postrider/redis/sentinel.h>

#include <optional>
#include <utility>

namespace postrider::redis {
namespace asio = boost::asio;

namespace {

constexpr std::size_t max_answer_bytes = 64 * 1024;

class sentinel_locator final : public locator {
 public:
    sentinel_locator(const asio::any_io_executor& executor, net::resolver& resolver,
                     sentinel_settings settings, const time_source& time)
        : settings_(std::move(settings)), asking_(executor, resolver, max_answer_bytes, time) {}

    asio::awaitable<expected<location, std::string>> locate() override;
    asio::awaitable<bool> still_there() override;
    [[nodiscard]] milliseconds recheck_every() const noexcept override { return settings_.recheck_every; }
    void cancel() noexcept override;
    void note_moved(std::string_view error) override;
    void note_unreachable() override;
    [[nodiscard]] bool wants_master() const noexcept override { return true; }
    [[nodiscard]] bool may_move() const noexcept override { return true; }

 private:
    using answer = expected<location, std::string>;
    asio::awaitable<answer> ask(location sentinel);
    [[nodiscard]] answer read(const reply& told, const location& sentinel) const;
    void begin_with_another() noexcept { first_ = (first_ + 1) % settings_.nodes.size(); }

    const sentinel_settings settings_;
    connector asking_;
    std::size_t first_ = 0;  // of the nodes: who is asked first
    location last_;          // that was named
    bool cut_ = false;
};

asio::awaitable<expected<location, std::string>> sentinel_locator::locate() {
    cut_ = false;
    std::string failures;
    const std::size_t count = settings_.nodes.size();
    for (std::size_t tried = 0; tried < count && !cut_; ++tried) {
        auto told = co_await ask(settings_.nodes[first_]);
        if (told) {
            last_ = *told;
            if (settings_.found) settings_.found(last_);
            co_return told;
        }
        failures += (failures.empty() ? "" : "; ") + told.error();
        begin_with_another();
    }
    co_return unexpected<std::string>("no Sentinel tells where the master \"" + settings_.master +
                                      "\" is: " + failures);
}

/// One alone may be cut off from the others, and believe in a master that they gave up.
asio::awaitable<bool> sentinel_locator::still_there() {
    cut_ = false;
    std::size_t elsewhere = 0;
    for (std::size_t index = 0; index < settings_.nodes.size() && !cut_; ++index) {
        const auto told = co_await ask(settings_.nodes[index]);
        if (told && *told != last_) ++elsewhere;
    }
    co_return elsewhere <= settings_.nodes.size() / 2;
}

asio::awaitable<sentinel_locator::answer> sentinel_locator::ask(location sentinel) {
    constexpr const char* name = "SENTINEL get-master-addr-by-name";
    command question("SENTINEL", "get-master-addr-by-name", settings_.master);
    auto told = co_await asking_.ask(sentinel, name, std::move(question), settings_.ask_timeout);
    if (!told) co_return unexpected<std::string>(std::move(told.error()));
    co_return read(*told, sentinel);
}

expected<location, std::string> sentinel_locator::read(const reply& told, const location& sentinel) const {
    if (told.is_nil())
        return unexpected<std::string>(sentinel.display() + ": it watches no master of this name");
    const auto master = master_in(told);
    if (!master) return unexpected<std::string>(sentinel.display() + ": its answer is no address");
    location found = settings_.server;
    found.host = master->host;
    found.port = master->port;
    return found;
}

void sentinel_locator::cancel() noexcept {
    cut_ = true;
    asking_.cancel();
}

/// Whoever named that server may be the last to hear of a failover.
void sentinel_locator::note_moved(std::string_view /*error*/) {
    begin_with_another();
}

void sentinel_locator::note_unreachable() {
    begin_with_another();
}

}  // namespace

std::unique_ptr<locator> make_sentinel_locator(const asio::any_io_executor& executor, net::resolver& resolver,
                                               sentinel_settings settings, const time_source& time) {
    return std::make_unique<sentinel_locator>(executor, resolver, std::move(settings), time);
}

}  // namespace postrider::redis
