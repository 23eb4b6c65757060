#include "store_addresses.h"

#include <algorithm>

namespace postrider::daemon {
namespace {

template <typename Entry>
bool add_new(std::deque<Entry>& to, const Entry& entry) {
    if (std::ranges::find(to, entry) != to.end()) return false;
    if (to.size() == store_addresses::most) to.pop_front();
    to.push_back(entry);
    return true;
}

}  // namespace

bool store_addresses::add(const guard::socket_address& address) {
    return add_new(known_, address);
}

bool store_addresses::add(const redis::location& where) {
    if (where.kind == redis::location::transport::unix_socket) return false;
    if (const auto literal = ip_address::parse(where.host))
        return add(guard::socket_address{*literal, where.port});
    add_new(names_, std::pair(where.host, where.port));
    return false;
}

bool store_addresses::add_resolved(const std::string& name, const std::vector<ip_address>& addresses) {
    bool news = false;
    for (const auto& [known, port] : names_) {
        if (known != name) continue;
        for (const ip_address& address : addresses)
            news = add(guard::socket_address{address, port}) || news;
    }
    return news;
}

}  // namespace postrider::daemon
