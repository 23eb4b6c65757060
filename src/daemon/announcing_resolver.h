#pragma once

#include <postrider/net/resolver.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::daemon {

/// Tells what names resolved to, before whoever asked learns of it. Must not outlive the other one.
class announcing_resolver final : public net::resolver {
 public:
    using listener = std::function<void(const std::string& name, const std::vector<ip_address>& addresses)>;
    announcing_resolver(net::resolver& asked, listener told) : asked_(asked), told_(std::move(told)) {}

    [[nodiscard]] boost::asio::awaitable<net::addresses_or_reason> resolve(std::string name) override {
        auto found = co_await asked_.resolve(name);
        if (found) told_(name, *found);
        co_return found;
    }

 private:
    net::resolver& asked_;
    listener told_;
};

}  // namespace postrider::daemon
