#include "change_record.h"
#include "dead_letter_handlers.h"
#include "job_creation.h"
#include "letter_selection.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_shown = 50;

/// What was asked for, as it was asked; of many letters the first.
catalog::change describe_job_change(const call& asked, const dead_letter::job& wanted) {
    const bool is_purge = wanted.kind == dead_letter::job_kind::purge;
    auto selection = json::parse(asked.request.body, nullptr, false);
    if (auto ids = selection.find("ids"); ids != selection.end() && ids->size() > most_shown) {
        selection["letters"] = ids->size();
        json first(json::array());
        for (std::size_t n = 0; n < most_shown; ++n)
            first.push_back((*ids)[n]);
        selection["ids"] = std::move(first);
    }
    auto made = describe_change(asked, is_purge ? "dead_letters.purged" : "dead_letters.replayed",
                                selection.value("webhook_id", std::string()));
    made.after = selection.dump(-1, ' ', false, json::error_handler_t::replace);
    return made;
}

asio::awaitable<http::response> make_job(call asked, dead_letter::job_kind kind) {
    auto wanted = read_selection(asked);
    if (!wanted) co_return wanted.error();
    wanted->kind = kind;
    wanted->total = wanted->named.size();
    auto change = describe_job_change(asked, *wanted);
    auto refusal = co_await record_first(asked, std::move(change));
    if (refusal) co_return std::move(*refusal);
    co_return co_await answer_with_job(asked, std::move(*wanted));
}

}  // namespace

asio::awaitable<http::response> replay_dead_letters(call asked) {
    return make_job(std::move(asked), dead_letter::job_kind::replay);
}

asio::awaitable<http::response> purge_dead_letters(call asked) {
    return make_job(std::move(asked), dead_letter::job_kind::purge);
}

}  // namespace postrider::admin
