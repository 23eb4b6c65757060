#include <postrider/redis/locator.h>

#include <utility>

namespace postrider::redis {
namespace asio = boost::asio;

namespace {

/// Long enough to be told, meanwhile, what is wrong with the server.
constexpr milliseconds look_again_every{2000};

class fixed_locator final : public locator {
 public:
    explicit fixed_locator(location where) : where_(std::move(where)) {}

    asio::awaitable<expected<location, std::string>> locate() override { co_return where_; }
    asio::awaitable<bool> still_there() override { co_return true; }
    [[nodiscard]] milliseconds recheck_every() const noexcept override { return look_again_every; }
    void cancel() noexcept override {}
    void note_moved(std::string_view /*error*/) override {}
    void note_unreachable() override {}
    [[nodiscard]] bool wants_master() const noexcept override { return false; }
    [[nodiscard]] bool may_move() const noexcept override { return false; }

 private:
    location where_;
};

}  // namespace

std::unique_ptr<locator> make_fixed_locator(location where) {
    return std::make_unique<fixed_locator>(std::move(where));
}

}  // namespace postrider::redis
