#include "end_process.h"

#include <postrider/runtime/shard.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>

#include <string>
#include <thread>
#include <utility>

namespace postrider::runtime {
namespace asio = boost::asio;

struct shard::state {
    explicit state(std::size_t number) : index(number) {}

    const std::size_t index;
    // The hint 1 drops some locking among the handlers, but `post` and `stop` from outside stay safe.
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;

    void run() noexcept {
        // The kernel takes 15 characters at most.
        const std::string name = "shard-" + std::to_string(index % 1'000'000'000);
        pthread_setname_np(pthread_self(), name.c_str());
        try {
            context.run();
        } catch (...) {
            end_process(name, std::current_exception());
        }
    }
};

shard::shard(std::size_t index) : state_(std::make_unique<state>(index)) {}

shard::~shard() {
    stop();
    join();
}

std::size_t shard::index() const noexcept {
    return state_->index;
}

boost::asio::any_io_executor shard::executor() const noexcept {
    return state_->context.get_executor();
}

void shard::start() {
    state_->thread = std::thread([this_state = state_.get()] { this_state->run(); });
}

void shard::stop() {
    state_->context.stop();
}

void shard::join() {
    if (state_->thread.joinable()) state_->thread.join();
}

void shard::post(std::function<void()> work) {
    asio::post(state_->context, std::move(work));
}

}  // namespace postrider::runtime
