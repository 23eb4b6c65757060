#include "admin_story.h"

#include <postrider/config/endpoint_document.h>
#include <postrider/queue/store.h>
#include <postrider/runtime/shard.h>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

redis::client_settings settings_for(const testing::redis_server& server) {
    redis::client_settings settings;
    settings.where.kind = redis::location::transport::unix_socket;
    settings.where.path = server.socket_path();
    settings.first_backoff = milliseconds(2);
    settings.max_backoff = milliseconds(20);
    return settings;
}

std::vector<redis::command> all_scripts() {
    auto scripts = queue::store::preamble();
    for (auto& more : {catalog::store::preamble(), dead_letter::job_store::preamble()})
        scripts.insert(scripts.end(), more.begin(), more.end());
    return scripts;
}

std::shared_ptr<const catalog::sealer> make_sealer(bool has_key) {
    std::vector<secret> keys;
    if (has_key) keys.emplace_back(std::string(catalog::sealer::key_bytes, 'k'));
    return std::make_shared<const catalog::sealer>(std::move(keys));
}

access::token token(std::string_view text, access::scope scope, std::optional<std::string> tenant = {}) {
    return {std::string(text), sha256({text}), static_cast<std::uint8_t>(scope), std::move(tenant)};
}

}  // namespace

admin_story::admin_story(bool has_key)
    : client_(context_.get_executor(), names_, settings_for(server_), all_scripts(), clock_),
      inspection_(client_, keys_, metrics_, clock_),
      belongings_(client_, keys_, metrics_, clock_),
      jobs_(client_, "t", random_, clock_),
      catalog_(client_, "t", make_sealer(has_key), random_, clock_),
      service_({*this, metrics_, next_, inspection_, belongings_, catalog_, jobs_, random_, clock_}) {
    view_.tokens = std::make_shared<access::token_list>(std::vector<access::token>{
        token("root", access::scope::admin), token("eye", access::scope::read),
        token("acme", access::scope::admin, "acme"), token("acme-eye", access::scope::read, "acme"),
        token("shop", access::scope::ingest)});
    client_.start();
    EXPECT_TRUE(wait(client_.wait_connected()));
    look_at_catalog();
}

admin_story::~admin_story() {
    run(client_.stop());
}

void admin_story::run(asio::awaitable<void> work) {
    bool ended = false;
    runtime::spawn(context_.get_executor(), "test", std::move(work), [&ended] { ended = true; });
    context_.restart();
    while (!ended)
        context_.run_one();
}

http::response admin_story::send(http::request request) {
    request.headers.emplace_back("Host", "localhost");
    auto admitted = service_.admit(request, request.body.size());
    if (!admitted) return admitted.error();
    EXPECT_LE(request.body.size(), *admitted);
    return wait(service_.handle(request));
}

admin_story::answer admin_story::ask(std::string method, std::string target, std::string body,
                                     std::string_view token) {
    http::request request;
    request.method = std::move(method);
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(token));
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    const auto said = send(std::move(request));
    answer out;
    out.status = said.status;
    if (!said.body.empty()) out.body = json::parse(said.body);
    out.headers.insert(said.headers.begin(), said.headers.end());
    return out;
}

std::string admin_story::make_webhook(json more, std::string_view token) {
    json document{{"url", "https://receiver.example.org/in"}, {"events", {"case.*"}}};
    document.update(more);
    const auto made = ask_as(token, "POST", "/api/webhooks", document.dump());
    EXPECT_EQ(made.status, 201) << made.body.dump();
    return made.body.value("id", "");
}

void admin_story::write_file(std::vector<endpoint> endpoints) {
    from_files_.clear();
    for (auto& one : endpoints) {
        if (one.source_file.empty()) one.source_file = "a.yaml";
        from_files_.push_back(std::make_shared<const endpoint>(std::move(one)));
    }
    look_at_catalog();
}

redis::reply admin_story::call(redis::command command) {
    auto reply = wait(client_.call(std::move(command)));
    EXPECT_TRUE(reply);
    return reply ? std::move(*reply) : redis::reply();
}

catalog::content admin_story::read_catalog() {
    auto read = wait(catalog_.read());
    EXPECT_TRUE(read);
    return read ? std::move(*read) : catalog::content();
}

void admin_story::look_at_catalog() {
    show(read_catalog());
}

endpoint_ptr admin_story::find(const std::string& queue_name) {
    return view_.subscriptions->find(queue_name);
}

asio::awaitable<std::string> admin_story::refresh() {
    if (!refresh_fault_.empty()) co_return refresh_fault_;
    const auto read = co_await catalog_.read();
    if (!read) co_return read.error().text;
    show(*read);
    co_return "";
}

asio::awaitable<std::optional<std::string>> admin_story::send_test(std::string queue_name,
                                                                   std::string event_type) {
    if (test_id_) tests_sent_.emplace_back(std::move(queue_name), std::move(event_type));
    co_return test_id_;
}

void admin_story::show(const catalog::content& content) {
    auto endpoints = from_files_;
    for (const auto& entry : content.endpoints) {
        config::document_rules rules;
        rules.id = entry.id;
        rules.tenant = entry.tenant;
        rules.allow_cidrs = true;
        auto read = config::read_endpoint_document(entry.settings.reveal(), rules);
        ASSERT_TRUE(read);
        endpoints.push_back(std::make_shared<const endpoint>(std::move(*read)));
    }
    view_.subscriptions =
        std::make_shared<const subscription::snapshot>(std::move(endpoints), content.version);
    view_.standings = std::make_shared<const standing_map>(content.standings);
    view_.cursor_key = content.cursor_key;
    service_.set_view(view_);
}

}  // namespace postrider::admin
