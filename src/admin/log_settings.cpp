#include "answer.h"
#include "log_handlers.h"

#include <postrider/log/log.h>

#include <algorithm>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

json describe(const log::settings& settings) {
    return {{"level", log::to_string(settings.least)},
            {"sampling", settings.sampling},
            {"format", log::to_string(settings.shape)}};
}

void read_level(const json& value, log::settings& wanted, std::vector<field_fault>& faults) {
    const auto level = log::level_of(value.is_string() ? value.get<std::string>() : std::string());
    if (level) {
        wanted.least = *level;
    } else {
        faults.push_back({"level", "must be debug, info, warning or error"});
    }
}

void read_sampling(const json& value, log::settings& wanted, std::vector<field_fault>& faults) {
    const double share = value.is_number() ? value.get<double>() : -1;
    if (share >= 0 && share <= 1) {
        wanted.sampling = share;
    } else {
        faults.push_back({"sampling", "must be a number from 0 to 1"});
    }
}

expected<log::settings, http::response> read_wanted(std::string_view body) {
    const auto document = read_object(body);
    if (!document) return unexpected<http::response>(document.error());
    auto faults = find_unknown(*document, {"level", "sampling"});
    log::settings wanted = log::current();
    if (const auto level = document->find("level"); level != document->end())
        read_level(*level, wanted, faults);
    if (const auto sampling = document->find("sampling"); sampling != document->end())
        read_sampling(*sampling, wanted, faults);
    if (document->empty()) faults.push_back({"", "must have a level, a sampling, or both"});
    if (!faults.empty()) return unexpected<http::response>(invalid(faults));
    return wanted;
}

}  // namespace

asio::awaitable<http::response> show_log(call) {
    co_return answer(200, describe(log::current()));
}

asio::awaitable<http::response> change_log(call asked) {
    const auto wanted = read_wanted(asked.request.body);
    if (!wanted) co_return wanted.error();
    log::configure(*wanted);
    // Whoever made the log quiet is to be found in it.
    log::write(
        std::max(log::level::warning, wanted->least), "log changed until the next reload",
        {{"log_level", log::to_string(wanted->least)}, {"sampling", wanted->sampling}, {"by", asked.actor}});
    co_return answer(200, describe(*wanted));
}

}  // namespace postrider::admin
