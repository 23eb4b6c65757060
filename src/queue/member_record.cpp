#include <postrider/base/stored_time.h>
#include <postrider/queue/membership.h>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>

namespace postrider::queue {

std::string encode_member(const member& member) {
    return nlohmann::json{{"name", member.name},
                          {"beat", member.beat},
                          {"shards", member.shards},
                          {"config", member.config_hash},
                          {"sealing_key", member.sealing_key},
                          {"started_at", member.started_at.time_since_epoch().count()}}
        .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::optional<member> decode_member(std::string_view id, std::string_view record) {
    const auto read = nlohmann::json::parse(record, nullptr, false);
    if (!read.is_object()) return std::nullopt;
    const auto number = [&](const char* name) -> std::uint64_t {
        const auto found = read.find(name);
        return found != read.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    };
    const auto text = [&](const char* name) {
        const auto found = read.find(name);
        return found != read.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    member one;
    one.id = id;
    one.name = text("name");
    one.beat = number("beat");
    one.shards = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number("shards"), 1, 4096));
    one.config_hash = text("config");
    one.sealing_key = text("sealing_key");
    const auto started_at = std::min<std::uint64_t>(number("started_at"), latest_stored_milliseconds);
    one.started_at = wall_time(milliseconds(static_cast<std::int64_t>(started_at)));
    return one;
}

std::string process_name() {
    char host[256] = {};
    if (gethostname(host, sizeof host - 1) != 0) return std::to_string(getpid());
    return std::string(host) + ':' + std::to_string(getpid());
}

std::vector<std::uint32_t> membership_view::own_share() const {
    std::vector<std::uint32_t> share;
    for (std::uint32_t partition = 0; partition < share_of.size(); ++partition)
        if (members[share_of[partition]].id == self) share.push_back(partition);
    return share;
}

const member* membership_view::holder_of(std::uint32_t partition) const {
    return partition < share_of.size() ? &members[share_of[partition]] : nullptr;
}

}  // namespace postrider::queue
