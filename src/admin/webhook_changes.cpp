#include "change_record.h"
#include "sight.h"
#include "stored_webhook.h"
#include "webhook_draft.h"
#include "webhook_handlers.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

/// The endpoint of an entry as the rules of today read it, or else as it is in force; null: neither.
endpoint_ptr read_stored(const call& asked, const catalog::entry& entry) {
    auto read = read_endpoint(asked, entry);
    if (read) return std::make_shared<const endpoint>(std::move(*read));
    return find_endpoint(asked, entry.id);
}

}  // namespace

asio::awaitable<http::response> create_webhook(call asked) {
    auto made = draft_webhook(asked);
    if (!made) co_return std::move(made.error());
    auto who = describe_difference(asked, nullptr, made->endpoint.get());
    const auto stored = co_await asked.around.catalog.create(std::move(made->entry), std::move(who));
    if (!stored) co_return refuse(stored.error());
    // A fault is none of the answer: the webhook is there, and only this answer tells its id and its secret.
    // It takes effect within a second all the same.
    (void)co_await asked.around.daemon.refresh();
    auto document = co_await describe_changed(asked, made->endpoint);
    if (made->made_secret) document["secret"] = *made->made_secret;
    auto out = answer(201, document);
    out.headers.emplace_back("Location", "/api/webhooks/" + made->endpoint->id);
    co_return out;
}

asio::awaitable<http::response> change_webhook(call asked) {
    auto before = co_await find_entry(asked, asked.parameters.front());
    if (!before) co_return std::move(before.error());
    auto after = merge_webhook(asked, *before);
    if (!after) co_return std::move(after.error());
    auto read = read_endpoint(asked, *after);
    if (!read) co_return std::move(read.error());
    auto who = describe_difference(asked, read_stored(asked, *before).get(), &*read);
    const auto stored =
        co_await asked.around.catalog.replace(std::move(*after), std::move(*before), std::move(who));
    if (!stored) co_return refuse(stored.error());
    // A fault here is none of the answer: a disablement of another url holds nothing, it only lies there.
    auto mover = describe_change(asked);
    (void)co_await asked.around.catalog.change_standing(read->queue_name(), catalog::store::step::moved,
                                                        read->url_text, std::move(mover));
    const auto refusal = co_await apply(asked, "the change is stored");
    if (refusal) co_return *refusal;
    const auto document =
        co_await describe_changed(asked, std::make_shared<const endpoint>(std::move(*read)));
    co_return answer(200, document);
}

asio::awaitable<http::response> delete_webhook(call asked) {
    const auto entry = co_await find_entry(asked, asked.parameters.front());
    if (!entry) co_return entry.error();
    const auto queue_name = entry->tenant + '.' + entry->id;
    // Before the removal, which may be the last thing that this daemon does; it waits for it.
    dead_letter::job ending;
    ending.kind = dead_letter::job_kind::delete_endpoint;
    ending.tenant = entry->tenant;
    ending.filter.queue_name = queue_name;
    const auto job = co_await asked.around.jobs.create(std::move(ending));
    if (!job) co_return unavailable("nothing was deleted, its queue could not be ended: " + job.error());
    auto who = describe_difference(asked, read_stored(asked, *entry).get(), nullptr);
    const auto removed = co_await asked.around.catalog.remove(entry->id, queue_name, std::move(who));
    if (!removed) co_return refuse(removed.error());
    const auto refusal = co_await apply(asked, "the webhook is deleted");
    asked.around.daemon.wake_jobs();
    if (refusal) co_return *refusal;
    co_return no_content();
}

}  // namespace postrider::admin
