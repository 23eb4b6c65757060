#pragma once

#include "answer.h"

#include <postrider/event/attempt.h>
#include <postrider/queue/inspection.h>

#include <map>

namespace postrider::admin {

/// The parameters behind the '?' of a request, read strictly: percent-decoded, UTF-8, each known and at most
/// once. '+' stands for itself, so that an offset of a time needs no encoding. An empty filter is as if it
/// were not there; `limit` and `cursor` are never empty. Faults are collected; ask for `refusal` when all is
/// taken.
class query {
 public:
    query() = default;
    /// `known`: the names of those that may be there, as people are told them: "limit, cursor"; empty: none.
    query(std::string_view text, std::string_view known);

    static constexpr std::size_t most_rows = 250;
    /// `limit`: 1 to `most_rows`.
    [[nodiscard]] std::size_t take_limit(std::size_t otherwise);
    /// RFC 3339 with any offset.
    [[nodiscard]] std::optional<wall_time> take_time(const std::string& name);
    /// Of the alphabet of event types; empty: absent.
    [[nodiscard]] std::string take_event_type(const std::string& name);
    /// Of the alphabet of the ids of webhooks and of tenants, at most 64; empty: absent.
    [[nodiscard]] std::string take_name(const std::string& name);
    [[nodiscard]] std::optional<queue::delivery_status> take_status(const std::string& name);
    [[nodiscard]] std::optional<dead_reason> take_reason(const std::string& name);
    /// One of these; empty: absent.
    [[nodiscard]] std::string take_one_of(const std::string& name,
                                          std::initializer_list<std::string_view> allowed);
    /// `true` or `false`; empty: absent.
    [[nodiscard]] std::optional<bool> take_switch(const std::string& name);
    /// As it was given; empty: absent.
    [[nodiscard]] std::string take_text(const std::string& name) const;

    /// All that was given but `limit` and `cursor`, in one form whatever the order and the encoding.
    [[nodiscard]] std::string filters() const;
    /// 422 `invalid_query` with each fault; nothing when there is none.
    [[nodiscard]] std::optional<http::response> refusal() const;

 private:
    void put(std::string_view one, std::string_view known);

    std::map<std::string, std::string> given_;
    std::vector<field_fault> faults_;
};

/// What `dead_reason_of` and `delivery_status_of` read, for people.
[[nodiscard]] std::string_view known_reasons() noexcept;
[[nodiscard]] std::string_view known_statuses() noexcept;

}  // namespace postrider::admin
