#pragma once

#include <postrider/http/server.h>
#include <postrider/net/server_tls.h>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <ostream>

namespace postrider::http {

/// Why a handshake failed.
struct seen_fault {
    net::handshake_fault why;
    bool timed_out;
    [[nodiscard]] bool operator==(const seen_fault&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const seen_fault& fault) {
    return out << static_cast<int>(fault.why) << (fault.timed_out ? " timed out" : "");
}

/// What became of the connections, told by the shard's thread.
class guest_book {
 public:
    void note(seen_fault fault) {
        const std::lock_guard lock(mutex_);
        faults_.push_back(fault);
        changed_.notify_all();
    }
    void note_end() {
        const std::lock_guard lock(mutex_);
        ++ended_;
        changed_.notify_all();
    }
    /// The next fault; fails the test after 20 s.
    seen_fault next() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !faults_.empty(); })) {
            ADD_FAILURE() << "no handshake failed";
            return {net::handshake_fault::none, false};
        }
        const auto fault = faults_.front();
        faults_.pop_front();
        return fault;
    }
    bool wait_for_ends(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended_ >= count; });
    }
    bool empty() {
        const std::lock_guard lock(mutex_);
        return faults_.empty();
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<seen_fault> faults_;
    int ended_ = 0;
};

/// A visitor who writes into the book.
class guest final : public visitor {
 public:
    explicit guest(guest_book& book) : book_(book) {}
    ~guest() override { book_.note_end(); }
    void on_handshake_fault(net::handshake_fault why, bool timed_out) noexcept override {
        book_.note({why, timed_out});
    }

 private:
    guest_book& book_;
};

}  // namespace postrider::http
