#include "changing.h"

#include "reading.h"
#include "scan.h"
#include "scripts.h"
#include "stored_text.h"

#include <algorithm>
#include <utility>

namespace postrider::catalog {

namespace {

constexpr std::uint64_t most_standings = 100'000;
constexpr std::size_t sealed_a_call = 256;

template <typename... Arguments>
redis::command compose(script script, std::string_view count_of_keys, const Arguments&... arguments) {
    return redis::command("EVALSHA", text_of(script).sha1, count_of_keys, arguments...);
}

fault fault_of(std::string_view answer) {
    if (answer == "M") return make_fault(fault_kind::missing, "there is no such endpoint");
    if (answer == "X") return make_fault(fault_kind::changed, "there is an endpoint with this id");
    if (answer == "C") return make_fault(fault_kind::changed, "the endpoint was changed meanwhile");
    if (answer == "L") return make_fault(fault_kind::full, "there are as many as may be");
    return make_fault(
        fault_kind::unreadable,
        "the catalog cannot be read: " + std::string(answer.substr(std::min<std::size_t>(1, answer.size()))));
}

store::answer<redis::reply> run(context_ptr context, script script, redis::command call) {
    auto result =
        co_await redis::run_script(context->client, text_of(script), std::move(call), call_takes_at_most);
    if (!result || result->is_error()) co_return unexpected<fault>(unavailable(result));
    if (result->kind() == redis::reply_view::type::text)
        co_return unexpected<fault>(fault_of(result->text()));
    co_return std::move(*result);
}

/// Of a script that answers the version.
store::answer<std::uint64_t> run_for_version(context_ptr context, script script, redis::command call) {
    const auto reply = co_await run(context, script, std::move(call));
    if (!reply) co_return unexpected<fault>(reply.error());
    co_return static_cast<std::uint64_t>(reply->integer().value_or(0));
}

std::string seal(const context& context, const entry& entry) {
    return context.sealing->seal(encode_entry(entry).reveal(), entry.id, context.random);
}

fault no_key() {
    return make_fault(fault_kind::no_key, "there is no key to seal secrets with");
}

/// The same content under another key is no change: its version stays.
enum class moves_version : bool { no, yes };

store::answer<std::uint64_t> exchange(context_ptr context, std::string id, std::string sealed_before,
                                      std::string sealed_after, moves_version moves) {
    redis::command call = compose(script::replace, "2", context->names.endpoints, context->names.version, id,
                                  sealed_before, sealed_after, moves == moves_version::yes ? "1" : "0");
    return run_for_version(std::move(context), script::replace, std::move(call));
}

std::string_view name_of(store::step step) {
    switch (step) {
        case store::step::pause:
            return "pause";
        case store::step::resume:
            return "resume";
        case store::step::disable_gone:
            return "gone";
        case store::step::disable_failing:
            return "failing";
        case store::step::moved:
            return "moved";
        case store::step::verified:
            return "verified";
        case store::step::unverified:
            return "unverified";
    }
    return "";
}

}  // namespace

store::answer<std::uint64_t> create_entry(context_ptr context, entry made) {
    if (!context->sealing->can_seal()) co_return unexpected<fault>(no_key());
    made.created_at = context->time.wall_now();
    made.updated_at = made.created_at;
    redis::command call =
        compose(script::create, "2", context->names.endpoints, context->names.version, made.id,
                seal(*context, made), static_cast<std::uint64_t>(store::most_endpoints));
    co_return co_await run_for_version(context, script::create, std::move(call));
}

/// The script compares sealed bytes. They are others also when the entry was only sealed anew meanwhile, so
/// what decides is a second look.
store::answer<std::uint64_t> replace_entry(context_ptr context, entry after, entry before) {
    if (!context->sealing->can_seal()) co_return unexpected<fault>(no_key());
    after.id = before.id;
    after.created_at = before.created_at;
    // Two changes in one millisecond must not look like one.
    after.updated_at = std::max(context->time.wall_now(), before.updated_at + milliseconds(1));
    const std::string sealed_after = seal(*context, after);
    expected<std::uint64_t, fault> version = unexpected<fault>(fault_of("C"));
    for (int tries = 0; tries < most_tries; ++tries) {
        auto found = co_await find_entry(context, before.id);
        if (!found) co_return unexpected<fault>(std::move(found.error()));
        if (found->opened.updated_at != before.updated_at) co_return unexpected<fault>(fault_of("C"));
        version =
            co_await exchange(context, before.id, std::move(found->sealed), sealed_after, moves_version::yes);
        if (version || version.error().kind != fault_kind::changed) break;
    }
    co_return version;
}

store::answer<std::uint64_t> remove_entry(context_ptr context, std::string id, std::string queue_name) {
    redis::command call = compose(script::remove, "3", context->names.endpoints, context->names.standings,
                                  context->names.version, id, queue_name);
    return run_for_version(std::move(context), script::remove, std::move(call));
}

store::answer<store::standing_change> change_standing(context_ptr context, std::string queue_name,
                                                      store::step what, std::string url_text,
                                                      std::string error) {
    if (what == store::step::verified || what == store::step::unverified) url_text = digest_of_url(url_text);
    const std::int64_t now = context->time.wall_now().time_since_epoch().count();
    redis::command call =
        compose(script::change_standing, "2", context->names.standings, context->names.version, queue_name,
                name_of(what), url_text, now, most_standings, error);
    const auto reply = co_await run(context, script::change_standing, std::move(call));
    if (!reply) co_return unexpected<fault>(reply.error());
    store::standing_change change;
    change.changed = (*reply)[0].integer() == 1;
    change.version = static_cast<std::uint64_t>((*reply)[1].integer().value_or(0));
    const std::string_view text = (*reply)[2].text();
    if (text.empty()) co_return change;
    auto now_holds = decode_standing(text);
    if (!now_holds)
        co_return unexpected<fault>(
            make_fault(fault_kind::unreadable, "the standing of " + queue_name + " is no standing"));
    change.now = std::move(*now_holds);
    co_return change;
}

store::answer<secret> take_cursor_key(context_ptr context) {
    const std::string fresh = random_id(context->random) + random_id(context->random);
    redis::command call = compose(script::take_cursor_key, "1", context->names.cursor_key, fresh);
    const auto reply = co_await run(context, script::take_cursor_key, std::move(call));
    if (!reply) co_return unexpected<fault>(reply.error());
    const std::string_view key = (*reply)[0].text();
    if (key.size() == fresh.size()) co_return secret(std::string(key));
    co_return unexpected<fault>(make_fault(fault_kind::unreadable, "the key of the cursors is none"));
}

/// What cannot be opened stays as it is: reading the catalog tells of it.
store::answer<std::size_t> seal_anew(context_ptr context) {
    std::size_t sealed_anew = 0;
    std::string cursor = "0";
    do {
        auto slice = co_await read_slice(context, context->names.endpoints, cursor);
        if (!slice) co_return unexpected<fault>(std::move(slice.error()));
        for (auto& [id, sealed] : slice->fields) {
            if (!context->sealing->is_outdated(sealed)) continue;
            const auto text = context->sealing->open(sealed, id);
            if (!text) continue;
            std::string fresh = context->sealing->seal(text->reveal(), id, context->random);
            const auto exchanged =
                co_await exchange(context, id, std::move(sealed), std::move(fresh), moves_version::no);
            if (exchanged)
                ++sealed_anew;
            else if (exchanged.error().kind == fault_kind::unavailable)
                co_return unexpected<fault>(exchanged.error());
            if (sealed_anew == sealed_a_call) co_return sealed_anew;
        }
        cursor = std::move(slice->next);
    } while (cursor != "0");
    co_return sealed_anew;
}

}  // namespace postrider::catalog
