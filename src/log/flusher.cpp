#include "flusher.h"

#include <signal.h>

#include <chrono>
#include <thread>
#include <utility>

namespace postrider::log {

namespace {

constexpr std::chrono::milliseconds longest_delay{200};

}  // namespace

flusher::flusher(std::function<void()> flush) : flush_(std::move(flush)) {}

void flusher::start() {
    // A new thread inherits the mask: signals are for the threads that wait for them.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { run(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void flusher::ask() {
    {
        const std::lock_guard lock(mutex_);
        asked_ = true;
    }
    wake_.notify_one();
}

void flusher::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return asked_; });
            asked_ = false;
        }
        std::this_thread::sleep_for(longest_delay);
        flush_();
    }
}

}  // namespace postrider::log
