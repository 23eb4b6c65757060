#include "dead_letter_handlers.h"
#include "job_creation.h"
#include "letter_selection.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

asio::awaitable<http::response> make_job(call asked, dead_letter::job_kind kind) {
    auto wanted = read_selection(asked);
    if (!wanted) co_return wanted.error();
    wanted->kind = kind;
    wanted->total = wanted->named.size();
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
