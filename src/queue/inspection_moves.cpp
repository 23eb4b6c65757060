#include "inspection_moves.h"

#include <map>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::size_t most_items = 256;

using moved = inspection::moved;
using replayed = inspection::replayed;

/// One call for each partition, and which items went into it.
struct move_calls {
    std::vector<partition_call> calls;
    std::vector<std::vector<std::size_t>> indices;
};

move_calls compose(script which, const std::vector<inspection::item>& items, const std::string& stored,
                   const keys& keys) {
    move_calls composed;
    std::map<std::uint32_t, std::size_t> places;
    for (std::size_t index = 0; index < items.size() && index < most_items; ++index) {
        const auto partition = keys.partition_of(items[index].queue_name);
        const auto [place, is_new] = places.emplace(partition, composed.calls.size());
        if (is_new) {
            composed.calls.emplace_back(which, partition);
            composed.indices.emplace_back();
            if (which == script::replay_with_body) composed.calls.back().add(stored);
        }
        auto& call = composed.calls[place->second];
        call.add(items[index].queue_name);
        call.add(items[index].store_id);
        if (which != script::purge) {
            call.add(items[index].max_queued);
            call.add(items[index].key_hash);
        }
        composed.indices[place->second].push_back(index);
    }
    return composed;
}

moved verdict_of(std::string_view answer) {
    if (answer == "D" || answer == "W") return moved::done;
    if (answer == "A") return moved::alive;
    if (answer == "G") return moved::gone;
    if (answer == "U") return moved::full;
    return moved::faulty;
}

/// The answers in the order of the items. What is past the bound of a call was not asked for: faulty.
inspection_answer<std::vector<replayed>> move_letters(inspection_ptr context, script which,
                                                      std::vector<inspection::item> items,
                                                      std::string stored) {
    auto composed = compose(which, items, stored, context->keys);
    const auto replies = co_await ask_all(context, std::move(composed.calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    std::vector<replayed> answers(items.size());
    for (std::size_t call = 0; call < replies->size(); ++call) {
        for (std::size_t at = 0; at < composed.indices[call].size(); ++at) {
            const std::string_view answer = (*replies)[call][at].text();
            replayed& one = answers[composed.indices[call][at]];
            one.what = verdict_of(answer);
            one.was_empty = answer == "W";
            if (one.what == moved::faulty) context->report_fault("move", answer);
        }
    }
    co_return answers;
}

}  // namespace

inspection_answer<std::vector<replayed>> replay_letters(inspection_ptr context,
                                                        std::vector<inspection::item> items,
                                                        std::string stored) {
    const auto which = stored.empty() ? script::replay : script::replay_with_body;
    return move_letters(std::move(context), which, std::move(items), std::move(stored));
}

inspection_answer<std::vector<moved>> purge_letters(inspection_ptr context,
                                                    std::vector<inspection::item> items) {
    const auto answers = co_await move_letters(std::move(context), script::purge, std::move(items), {});
    if (!answers) co_return unexpected<read_fault>(answers.error());
    std::vector<moved> verdicts;
    for (const replayed& answer : *answers)
        verdicts.push_back(answer.what);
    co_return verdicts;
}

}  // namespace postrider::queue
