#include "place_watch.h"

#include <postrider/queue/ownership.h>

#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {
constexpr unsigned looks_between_settings = 10;
}

asio::awaitable<std::optional<store_verdict>> place_watch::look(bool whole) {
    using standing = store_verdict::standing;
    const std::uint64_t generation = client_.generation();
    store_verdict found;
    if (whole) {
        if (std::exchange(looked_at_, generation) != generation) looks_ = looks_between_settings;
        co_await look_at_server(found);
    }
    if (duties_.describes && found.fault.empty()) co_await check_description(found);
    if (!client_.connected() || client_.generation() != generation) co_return std::nullopt;
    if (!found.fault.empty() && found.what == standing::good) {
        found.what = standing::unfit;
        found.passing = true;
    }
    if (duties_.is_one_of_many) name_server(found);
    found.mark = std::exchange(lost_, queue::store_mark::finding::steady);
    co_return found;
}

asio::awaitable<void> place_watch::look_at_server(store_verdict& found) {
    const auto info = co_await queue::read_server_info(client_);
    const queue::server_info known = info.value_or(queue::server_info());
    found.used_memory = known.used_memory;
    found.max_memory = known.max_memory;
    if (duties_.mark) note_mark(co_await duties_.mark->move());
    if (known.role == "slave") found.fault = "Redis is a replica and takes no writes";
    if (known.disk_refuses) found.fault = "Redis cannot write its append only file";
    if (found.fault.empty()) co_await judge(found, known);
}

/// Each loss is told once by the mark: it must not go with a connection.
void place_watch::note_mark(queue::store_mark::finding found) {
    using finding = queue::store_mark::finding;
    if (found == finding::wiped || found == finding::rewound) lost_ = found;
}

asio::awaitable<void> place_watch::check_description(store_verdict& found) {
    const auto store = co_await queue::check_store(client_, keys_);
    found.fault = store.fault;
    if (store.foreign) found.what = store_verdict::standing::foreign;
}

bool place_watch::must_read_settings(const queue::server_info& info) const {
    return looks_ >= looks_between_settings || info.run_id != run_id_ || info.replicas != replicas_ ||
           !settings_.fault.empty();
}

asio::awaitable<void> place_watch::judge(store_verdict& found, const queue::server_info& info) {
    ++looks_;
    if (must_read_settings(info)) {
        auto read = co_await queue::judge_durability(client_, wish_, info);
        if (!read) co_return;
        settings_ = std::move(*read);
        run_id_ = info.run_id;
        replicas_ = info.replicas;
        looks_ = 0;
    }
    found.warnings = settings_.warnings;
    found.fault = settings_.fault;
    found.passing = settings_.passing;
    if (!found.fault.empty()) found.what = store_verdict::standing::unfit;
}

void place_watch::name_server(store_verdict& found) const {
    const std::string server = client_.where().display() + ": ";
    if (!found.fault.empty()) found.fault = server + found.fault;
    for (auto& warning : found.warnings)
        warning = server + warning;
}

}  // namespace postrider::daemon
