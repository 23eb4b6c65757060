#include "catalog_story.h"

#include <postrider/runtime/shard.h>

namespace postrider::catalog {
namespace asio = boost::asio;

asio::awaitable<net::addresses_or_reason> no_names::resolve(std::string /*name*/) {
    co_return unexpected<net::resolve_error>(
        net::resolve_error(net::resolve_error::cause::no_address, "no names here"));
}

void catalog_story::SetUp() {
    redis::client_settings settings;
    settings.where.kind = redis::location::transport::unix_socket;
    settings.where.path = server().socket_path();
    settings.first_backoff = milliseconds(2);
    settings.max_backoff = milliseconds(20);
    settings.reply_timeout = std::chrono::hours(1);  // what ends a call ends it by itself
    client_ = std::make_unique<redis::client>(context_.get_executor(), resolver_, settings, store::preamble(),
                                              system_time());
    client_->start();
    until([this] { return client_->connected(); });
    redis("FLUSHALL");
    store_ = make_store(sealer_of("a"));
}

void catalog_story::TearDown() {
    store_.reset();
    run(client_->stop());
    client_.reset();
    context_.restart();
    context_.run();  // and nothing is left behind
}

void catalog_story::until(const std::function<bool()>& so) {
    const auto end = system_time().monotonic_now() + std::chrono::minutes(1);
    context_.restart();
    while (!so()) {
        if (system_time().monotonic_now() > end) FAIL() << "it never came to that";
        context_.run_one_for(milliseconds(100));
    }
}

void catalog_story::run(asio::awaitable<void> work) {
    bool ended = false;
    runtime::spawn(context_.get_executor(), "test", std::move(work), [&ended] { ended = true; });
    until([&ended] { return ended; });
}

std::shared_ptr<const sealer> catalog_story::sealer_of(std::string keys) {
    std::vector<secret> made;
    for (const char key : keys)
        made.emplace_back(std::string(sealer::key_bytes, key));
    return std::make_shared<const sealer>(std::move(made));
}

std::unique_ptr<store> catalog_story::make_store(std::shared_ptr<const sealer> sealer) {
    return std::make_unique<store>(*client_, "test", std::move(sealer), random_, clock_);
}

entry catalog_story::entry_named(std::string id, std::string note) {
    entry made;
    made.id = std::move(id);
    made.tenant = "acme";
    made.settings = secret(R"({"url":"https://x.example/","secret":"whsec_hidden","note":")" + note + "\"}");
    return made;
}

}  // namespace postrider::catalog
