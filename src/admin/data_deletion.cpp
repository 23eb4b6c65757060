#include "answer.h"
#include "change_record.h"
#include "data_handlers.h"
#include "event_handlers.h"
#include "identifiers.h"
#include "job_creation.h"
#include "sight.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

/// Always a job, so that a crash in the middle leaves nothing behind, and so that what is unknown here but
/// lies somewhere goes too. Recorded first.
asio::awaitable<http::response> erase(call asked, dead_letter::job wanted, std::string_view action) {
    wanted.tenant = wanted.filter.tenant;  // a token that is bound to it may follow
    auto made = describe_change(asked, action, asked.parameters.front(), wanted.filter.tenant);
    auto refusal = co_await record_first(asked, std::move(made));
    if (refusal) co_return std::move(*refusal);
    co_return co_await answer_with_job(asked, std::move(wanted));
}

}  // namespace

expected<std::string, http::response> tenant_of_path(const call& asked) {
    const auto& tenant = asked.parameters.front();
    if (!is_name(tenant)) return unexpected<http::response>(not_found("tenant"));
    if (may_see(asked, tenant)) return tenant;
    return unexpected<http::response>(
        http::problem(403, "other_tenant", "the token is bound to another tenant"));
}

asio::awaitable<http::response> delete_event_data(call asked) {
    const auto tenant = read_tenant(asked);
    if (!tenant) co_return tenant.error();
    dead_letter::job wanted;
    wanted.kind = dead_letter::job_kind::delete_event;
    wanted.filter.tenant = *tenant;
    wanted.named.emplace_back(*tenant, store_id(*tenant, asked.parameters.front()));
    co_return co_await erase(std::move(asked), std::move(wanted), "event.data_deleted");
}

asio::awaitable<http::response> delete_tenant_data(call asked) {
    const auto tenant = tenant_of_path(asked);
    if (!tenant) co_return tenant.error();
    dead_letter::job wanted;
    wanted.kind = dead_letter::job_kind::delete_tenant;
    wanted.filter.tenant = *tenant;
    co_return co_await erase(std::move(asked), std::move(wanted), "tenant.data_deleted");
}

}  // namespace postrider::admin
