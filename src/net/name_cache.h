#pragma once

#include <postrider/base/clock.h>
#include <postrider/net/resolver.h>

#include <list>
#include <string>
#include <unordered_map>

namespace postrider::net {

/// What names resolved to, each until its time runs out; past its bound the least recently used goes. Pure.
class name_cache {
 public:
    explicit name_cache(std::size_t most) : most_(most) {}

    /// Null: unknown or out of date. The pointer holds until the next call.
    [[nodiscard]] const addresses_or_reason* find(const std::string& name, monotonic_time now);
    void store(const std::string& name, addresses_or_reason answer, monotonic_time until);
    [[nodiscard]] std::size_t size() const noexcept { return by_name_.size(); }

 private:
    struct entry {
        std::string name;
        addresses_or_reason answer;
        monotonic_time until;
    };

    void drop(const std::string& name);

    std::size_t most_;
    std::list<entry> entries_;  // the most recently used first
    std::unordered_map<std::string, std::list<entry>::iterator> by_name_;
};

}  // namespace postrider::net
