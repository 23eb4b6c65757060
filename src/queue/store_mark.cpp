#include "script_call.h"

#include <postrider/queue/store_mark.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

std::uint64_t number_at(const redis::reply& answer, std::size_t index) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, answer[index].integer().value_or(0)));
}

/// Keeps what it needs: the script may be asked for after the mark is gone.
command_composer compose_move(std::string key, std::string new_id, std::string daemon, std::uint64_t told) {
    return [=](const script_form& form) {
        return redis::command(form.verb, form.script, 1, key, new_id, daemon, told);
    };
}

}  // namespace

/// A move over the connection that waits for replicas.
struct store_mark::question {
    std::optional<redis::reply> answer;
    bool over = false;
    bool enough = false;  ///< replicas have it
};

asio::awaitable<store_mark::finding> store_mark::move() {
    if (const finding missed = take_up(); missed != finding::steady) co_return missed;
    const script_surroundings around{client_, metrics_, time_};
    // A new id each time: a store that was emptied must not get the one back that it had from us.
    auto composer = compose_move(key_, random_id(random_), daemon_, told_);
    const auto answer = co_await run_script(around, script::mark, client_.generation(), std::move(composer));
    if (!answer || answer->is_error()) co_return finding::unread;
    const finding found = compare(*answer);
    if (found != finding::steady) co_return found;
    if (!replicated_.wanted())
        learn(*answer);
    else if (!asked_)
        ask_replicas();
    co_return found;
}

/// What came of the last question, before anything is sent that knows more.
store_mark::finding store_mark::take_up() {
    if (!asked_ || !asked_->over) return finding::steady;
    const auto last = std::exchange(asked_, nullptr);
    if (!last->answer) return finding::steady;
    const finding found = compare(*last->answer);
    if (found == finding::steady && last->enough) learn(*last->answer);
    return found;
}

/// After a loss a question that is not answered yet is about a store that is gone.
store_mark::finding store_mark::compare(const redis::reply& answer) {
    const bool same = id_ == answer[0].text();
    // A daemon that the mark forgot, because many others moved it since, goes by the number of all.
    const std::uint64_t has = number_at(answer, answer[2].text().empty() ? 1 : 2);
    told_ = std::max(told_, number_at(answer, 3));
    if (id_.empty() || (same && has >= number_)) return finding::steady;
    asked_.reset();
    number_ = has;
    if (same) return finding::rewound;
    id_.clear();
    return finding::wiped;
}

void store_mark::learn(const redis::reply& answer) {
    id_ = std::string(answer[0].text());
    number_ = number_at(answer, 3);
}

void store_mark::ask_replicas() {
    asked_ = std::make_shared<question>();
    redis::client& client = replicated_.client();
    const std::uint64_t generation = client.generation();
    auto on_answer = [asked = asked_, replicated = replicated_, generation](redis::call_result answer) {
        if (!answer || answer->is_error()) {
            asked->over = true;
            return;
        }
        asked->answer = std::move(*answer);
        replicated.confirm(generation, replicated.timeout, [asked](bool enough) {
            asked->enough = enough;
            asked->over = true;
        });
    };
    const script_surroundings around{client, metrics_, time_};
    run_script(around, script::mark, generation, compose_move(key_, random_id(random_), daemon_, told_),
               std::move(on_answer));
}

}  // namespace postrider::queue
