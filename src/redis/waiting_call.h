#pragma once

#include "pipeline.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace postrider::redis {

/// A caller that is a function.
class waiting_function final : public pending_call {
 public:
    explicit waiting_function(std::function<void(call_result)> done) : done_(std::move(done)) {}
    void finish(call_result result) override {
        if (done_) done_(std::move(result));
    }

 private:
    std::function<void(call_result)> done_;
};

/// A caller that is a suspended coroutine, resumed on the spot: it lives on the same executor. When it is
/// cancelled it goes on at once, and what stays here swallows the reply.
template <typename Handler>
class waiting_coroutine final : public pending_call {
 public:
    waiting_coroutine(boost::asio::any_io_executor executor, Handler handler)
        : executor_(std::move(executor)), handler_(std::move(handler)) {
        auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
        if (!slot.is_connected()) return;
        self_ = std::make_shared<waiting_coroutine*>(this);
        slot.assign([self = self_](boost::asio::cancellation_type) {
            if (*self != nullptr) (*self)->abandon();
        });
    }
    ~waiting_coroutine() override {
        if (self_) *self_ = nullptr;  // the slot keeps its function until its next operation
    }
    waiting_coroutine(const waiting_coroutine&) = delete;
    waiting_coroutine& operator=(const waiting_coroutine&) = delete;

    void finish(call_result result) override {
        if (!handler_) return;
        if (self_) *std::exchange(self_, nullptr) = nullptr;
        std::move (*std::exchange(handler_, std::nullopt))(std::move(result));
    }

 private:
    void abandon() {
        if (!handler_) return;
        boost::asio::post(executor_, [handler = std::move(*std::exchange(handler_, std::nullopt))]() mutable {
            std::move(handler)(call_result(unexpected<call_error>(call_error::unknown_outcome)));
        });
    }

    boost::asio::any_io_executor executor_;
    std::optional<Handler> handler_;
    std::shared_ptr<waiting_coroutine*> self_;  // only where there is a slot
};

}  // namespace postrider::redis
