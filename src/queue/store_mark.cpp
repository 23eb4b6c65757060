#include "script_call.h"

#include <postrider/queue/store_mark.h>

#include <algorithm>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

asio::awaitable<store_mark::finding> store_mark::move() {
    // A new one each time: a store that was emptied must not get the id back that it had from us.
    command_composer composer = [this, id = random_id(random_)](const script_form& form) {
        return redis::command(form.verb, form.script, 1, key_, id, daemon_, told_);
    };
    const script_surroundings around{client_, metrics_, time_};
    const auto answer = co_await run_script(around, script::mark, client_.generation(), std::move(composer));
    if (!answer || answer->is_error()) co_return finding::unread;
    co_return compare(*answer);
}

store_mark::finding store_mark::compare(const redis::reply& answer) {
    const auto number_at = [&answer](std::size_t index) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, answer[index].integer().value_or(0)));
    };
    const bool first = id_.empty();
    const bool same = id_ == answer[0].text();
    // A daemon that the mark forgot, because many others moved it since, goes by the number of all.
    const std::uint64_t kept = answer[2].text().empty() ? number_at(1) : number_at(2);
    const bool lower = kept < told_;
    id_ = std::string(answer[0].text());
    told_ = number_at(3);
    if (first) return finding::steady;
    if (!same) return finding::wiped;
    return lower ? finding::rewound : finding::steady;
}

}  // namespace postrider::queue
