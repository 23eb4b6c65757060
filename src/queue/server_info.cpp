#include <postrider/queue/durability.h>

#include <algorithm>
#include <charconv>

namespace postrider::queue {

namespace {

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// `slave0:ip=…,port=…,state=online,offset=…,lag=…`
bool is_replica_in_step(std::string_view name, std::string_view value) {
    return name.starts_with("slave") && value.starts_with("ip=") &&
           value.find(",state=online,") != std::string_view::npos;
}

void take(server_info& info, std::string_view name, std::string_view value) {
    if (name == "run_id")
        info.run_id = value;
    else if (name == "role")
        info.role = value;
    else if (name == "used_memory")
        info.used_memory = number_of(value);
    else if (name == "maxmemory")
        info.max_memory = number_of(value);
    else if (name == "aof_last_write_status")
        info.disk_refuses = value != "ok";
    else if (is_replica_in_step(name, value))
        ++info.replicas;
}

}  // namespace

server_info parse_server_info(std::string_view text) {
    server_info info;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view value = line.substr(colon + 1);
        take(info, line.substr(0, colon), value.substr(0, value.find('\r')));
    }
    return info;
}

}  // namespace postrider::queue
