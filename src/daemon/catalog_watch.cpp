#include "catalog_watch.h"

#include "ask.h"

#include <postrider/runtime/shard.h>

#include <boost/asio/post.hpp>

#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {
constexpr milliseconds looks_every{500};  ///< a change is to be effective within a second
}  // namespace

catalog_watch::catalog_watch(const asio::any_io_executor& executor, catalog::store& store, apply apply,
                             report report)
    : executor_(executor),
      store_(store),
      apply_(std::move(apply)),
      report_(std::move(report)),
      asked_(executor) {}

void catalog_watch::start() {
    runtime::spawn(executor_, "catalog watch", run(shared_from_this()));
}

void catalog_watch::refresh(answer answer) {
    if (stopped_) return answer("the daemon is stopping");
    waiting_.push_back(std::move(answer));
    asked_.notify_all();
}

void catalog_watch::stop() {
    stopped_ = true;
    asked_.notify_all();
}

asio::awaitable<void> catalog_watch::run(std::shared_ptr<catalog_watch> self) {
    while (!stopped_) {
        auto askers = std::exchange(self->waiting_, {});
        const std::string fault = co_await look(!askers.empty());
        for (auto& asker : askers)
            asker(fault);
        if (!fault.empty() && !stopped_) report_(fault);
        if (waiting_.empty() && !stopped_) co_await asked_.wait_for(looks_every);
    }
    for (auto& asker : std::exchange(waiting_, {}))
        asker("the daemon is stopping");
}

asio::awaitable<std::string> catalog_watch::look(bool wanted) {
    if (!wanted && has_applied_) {
        const auto version = co_await store_.version();
        if (!version) co_return version.error().text;
        if (*version == applied_) co_return std::string();
    }
    auto read = co_await store_.read();
    if (!read) co_return read.error().text;
    const std::uint64_t version = read->version;
    std::string fault = co_await hand_over(std::move(*read));
    if (!fault.empty()) co_return fault;
    applied_ = version;
    has_applied_ = true;
    co_return fault;
}

asio::awaitable<std::string> catalog_watch::hand_over(catalog::content read) {
    auto asked = std::make_shared<question<std::string>>(executor_);
    apply_(std::move(read), [executor = executor_, asked](std::string fault) {
        asio::post(executor, [asked, carried = std::move(fault)] { asked->answer(carried); });
    });
    auto answered = co_await asked->wait();
    co_return std::move(*answered);
}

}  // namespace postrider::daemon
