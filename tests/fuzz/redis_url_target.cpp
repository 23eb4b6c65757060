// The URL of Redis: no part of a password in what is shown, be it right or wrong.

#include "fuzz/target.h"

#include <postrider/event/address.h>
#include <postrider/redis/url.h>

#include <string>

FUZZ_TARGET(redis_url) {
    using namespace postrider;
    const auto read = redis::parse_url(input);
    if (!read) {
        HOLDS(!read.error().empty() && read.error().size() < 300);
        return;
    }
    const auto shown = read->display();
    if (read->kind == redis::location::transport::unix_socket) {
        HOLDS(read->path.starts_with('/') && read->path.size() <= 107);
        return;  // shown as it is, not as it must be written
    }
    HOLDS(read->port != 0 && !read->host.empty());
    const auto again = redis::parse_url(shown);
    HOLDS(shown.find('@') == std::string::npos);
    HOLDS(again && again->host == read->host && again->port == read->port &&
          again->database == read->database);
    HOLDS(again->username.empty() && again->password.empty());
}
