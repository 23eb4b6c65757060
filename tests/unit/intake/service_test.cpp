#include "service_story.h"

namespace postrider::intake {
namespace {

TEST_F(service_test, an_event_goes_to_the_endpoints_that_subscribed) {
    const auto answer = ask(post(R"({"type":"case.created","data":{ "n":1.0 },"key":"k"})"));
    EXPECT_EQ(answer.status, 202);
    ASSERT_EQ(queue_.stored.size(), 1U);
    const auto& stored = queue_.stored.front();
    EXPECT_EQ(answer.body, R"({"id":")" + stored.event->id + R"(","deliveries":2})");
    EXPECT_TRUE(stored.event->id.starts_with("evt_"));
    EXPECT_EQ(stored.event->id.size(), 26U);
    EXPECT_EQ(stored.event->tenant, "default");
    EXPECT_EQ(stored.event->key, "k");
    EXPECT_EQ(stored.event->body,
              R"({"id":")" + stored.event->id +
                  R"(","type":"case.created","timestamp":"2026-01-31T12:00:00.123Z","data":{ "n":1.0 }})");
    EXPECT_EQ(stored.content_hash, "") << "an id made here is not remembered";
    ASSERT_EQ(stored.endpoints.size(), 2U);
    EXPECT_EQ(stored.endpoints[0]->id, "one");
    EXPECT_TRUE(has_metric(R"(webhook_events_total{event_type="case.created",result="accepted"} 1)"));
}

TEST_F(service_test, what_nobody_wants_is_accepted_and_counted) {
    const auto answer = ask_json(post(R"({"type":"other","data":1})"));
    EXPECT_EQ(answer["deliveries"], 0);
    EXPECT_EQ(queue_.calls, 0);
    EXPECT_TRUE(has_metric(R"(result="unmatched"} 1)"));
    ask(post(R"({"type":"other","data":1,"id":"mine"})"));
    ASSERT_EQ(queue_.stored.size(), 1U) << "an id of the client's is remembered all the same";
    EXPECT_TRUE(queue_.stored[0].endpoints.empty());
}

TEST_F(service_test, a_given_timestamp_goes_into_the_body_in_utc) {
    ask(post(R"({"type":"case.a","data":1,"timestamp":"2020-02-29T00:00:00.5+01:00"})"));
    EXPECT_NE(queue_.stored.at(0).event->body.find(R"("timestamp":"2020-02-28T23:00:00.500Z")"),
              std::string::npos);
    EXPECT_EQ(queue_.stored[0].event->accepted_at, time_.wall_now()) << "age is counted from acceptance";
}

TEST_F(service_test, the_content_hash_tells_whatever_differs) {
    const auto hash = [&](std::string_view rest) {
        ask(post(R"({"type":"case.a","id":"i",)" + std::string(rest) + "}"));
        return queue_.stored.back().content_hash;
    };
    const auto first = hash(R"("data":1)");
    EXPECT_EQ(first.size(), 16U);
    EXPECT_EQ(hash(R"("data":1)"), first);
    EXPECT_EQ(hash(R"("data": 1 )"), first) << "blanks around data are not its bytes";
    EXPECT_NE(hash(R"("data":1.0)"), first);
    EXPECT_NE(hash(R"("data":1,"key":"k")"), first);
    EXPECT_NE(hash(R"("data":1,"timestamp":"2026-01-31T12:00:00Z")"), first);
    EXPECT_EQ(hash(R"("data":1,"timestamp":"2026-01-31T12:00:00Z")"),
              hash(R"("data":1,"timestamp":"2026-01-31T13:00:00+01:00")"))
        << "the instant counts, not how it was written";
    ask(post(R"({"type":"case.b","id":"i","data":1})"));
    EXPECT_NE(queue_.stored.back().content_hash, first);
}

TEST_F(service_test, an_idempotency_key_becomes_the_id_of_its_tenant) {
    const auto send = [&](std::string_view tenant, std::string key) {
        return ask_json(with(post(R"({"type":"case.a","data":1,"tenant":")" + std::string(tenant) + "\"}"),
                             "Idempotency-Key", std::move(key)))["id"]
            .get<std::string>();
    };
    const auto id = send("default", "order 17");
    EXPECT_EQ(id.size(), 26U);
    EXPECT_TRUE(id.starts_with("evt_"));
    EXPECT_EQ(send("default", "order 17"), id);
    EXPECT_NE(send("default", "order 18"), id);
    EXPECT_NE(send("acme", "order 17"), id);
    EXPECT_EQ(queue_.stored[0].content_hash.size(), 16U);
    const auto both =
        ask_json(with(post(R"({"type":"case.a","data":1,"id":"mine"})"), "Idempotency-Key", "k"));
    EXPECT_EQ(both["id"], "mine") << "an id in the event is more exact than a header";
}

TEST_F(service_test, idempotency_keys_out_of_range_are_422) {
    const auto event = post(R"({"type":"case.a","data":1})");
    EXPECT_EQ(ask(with(event, "Idempotency-Key", "")).status, 422);
    EXPECT_EQ(ask(with(event, "Idempotency-Key", std::string(256, 'k'))).status, 422);
    EXPECT_EQ(ask(with(event, "Idempotency-Key", "caf\xC3\xA9")).status, 422);
    auto twice = with(event, "Idempotency-Key", "a");
    twice.headers.emplace_back("idempotency-key", "a");
    EXPECT_EQ(ask(twice).status, 422);
    EXPECT_EQ(ask(with(event, "Idempotency-Key", std::string(255, 'k'))).status, 202);
    EXPECT_EQ(ask(with(batch(R"([{"type":"case.a","data":1}])"), "Idempotency-Key", "k")).status, 422);
}

TEST_F(service_test, answers_of_the_queue_become_statuses) {
    using queue::enqueue_status;
    queue_.answers = {{enqueue_status::duplicate, 7},
                      {enqueue_status::conflict, 0},
                      {enqueue_status::unavailable, 0},
                      {enqueue_status::full, 0}};
    const auto event = post(R"({"type":"case.a","data":1,"id":"i"})");
    EXPECT_EQ(ask(event).body, R"({"id":"i","deliveries":7,"duplicate":true})");
    const auto conflict = ask(event);
    EXPECT_EQ(conflict.status, 409);
    EXPECT_EQ(conflict.content_type, "application/problem+json");
    for (const std::string_view code : {"store_unavailable", "store_full"}) {
        const auto answer = ask(event);
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(header(answer, "Retry-After"), "1");
        EXPECT_EQ(json::parse(answer.body)["code"], code);
    }
    EXPECT_TRUE(has_metric("webhook_duplicate_events_total 1"));
    EXPECT_TRUE(has_metric(R"(result="conflict"} 1)"));
    EXPECT_TRUE(has_metric(R"(result="unavailable"} 2)"));
}

TEST_F(service_test, faulty_events_never_reach_the_queue) {
    EXPECT_EQ(ask(post("no json")).status, 400);
    EXPECT_EQ(ask(post("[]")).status, 422);
    const auto answer = ask(post(R"({"type":"postrider.x","data":1})"));
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(json::parse(answer.body)["errors"][0]["field"], "type");
    EXPECT_EQ(queue_.calls, 0);
    EXPECT_TRUE(has_metric(R"(webhook_events_total{event_type="",result="invalid"} 3)"));
}

TEST_F(service_test, requests_are_refused_before_their_body_is_read) {
    const auto event = post(R"({"type":"case.a","data":1})");
    const auto refused = [&](const http::request& head, std::optional<std::uint64_t> length = {}) {
        const auto admitted = service_.admit(head, length);
        return admitted ? 0 : admitted.error().status;
    };
    EXPECT_EQ(refused(event), 0);
    EXPECT_EQ(refused(event, 500), 0);
    EXPECT_EQ(refused(event, 501), 413);
    EXPECT_EQ(refused(batch(""), 2000), 0);
    EXPECT_EQ(refused(batch(""), 2001), 413);
    EXPECT_EQ(refused(post("", "/api/event")), 404);
    EXPECT_EQ(refused(post("", "/api/events/")), 404);
    EXPECT_EQ(refused(post("", "/health")), 404);
    auto get = event;
    get.method = "GET";
    EXPECT_EQ(refused(get), 405);
    EXPECT_EQ(header(service_.admit(get, {}).error(), "Allow"), "POST");
    EXPECT_EQ(refused(with(event, "Content-Type", "text/plain")), 415);
    EXPECT_EQ(refused(with(event, "Content-Type", "application/x-ndjson")), 415);
    EXPECT_EQ(refused(with(batch(""), "Content-Type", "application/x-ndjson")), 0);
    auto asking = event;
    asking.query = "tenant=acme&key=1";
    EXPECT_EQ(refused(asking), 422);
    const auto problem = json::parse(service_.admit(asking, {}).error().body);
    EXPECT_EQ(problem["code"], "invalid_query");
    EXPECT_EQ(problem["errors"][0]["field"], "tenant");
    asking.query = "&";
    EXPECT_EQ(refused(asking), 0);
    auto untyped = event;
    untyped.headers.pop_back();
    EXPECT_EQ(refused(untyped), 415);
    service_.set_open(false);
    EXPECT_EQ(refused(event), 503);
    EXPECT_EQ(header(service_.admit(event, {}).error(), "Retry-After"), "1");
}

TEST_F(service_test, without_tokens_only_this_machine_may) {
    const auto event = post(R"({"type":"case.a","data":1})");
    EXPECT_EQ(ask(with(event, "Host", "evil.example")).status, 403) << "DNS rebinding";
    EXPECT_EQ(ask(with(event, "Origin", "https://evil.example")).status, 403) << "a web page";
    EXPECT_EQ(ask(with(event, "Host", "127.0.0.1:8080")).status, 202);
    EXPECT_EQ(ask(with(event, "Host", "[::1]")).status, 202);
}

TEST_F(service_test, tokens_decide) {
    use_tokens({token("shop", access::scope::ingest, "acme"), token("any", access::scope::admin),
                token("eye", access::scope::read)});
    const auto event = post(R"({"type":"case.a","data":1})");
    const auto as = [&](std::string_view name) {
        return with(event, "Authorization", "Bearer " + std::string(name));
    };
    const auto nobody = ask(event);
    const auto wrong = ask(as("guess"));
    EXPECT_EQ(nobody.status, 401);
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(nobody.body, wrong.body);
    EXPECT_EQ(header(wrong, "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(ask(as("eye")).status, 403);
    EXPECT_TRUE(has_metric("webhook_auth_failures_total 3"));
    EXPECT_EQ(ask(with(as("any"), "Host", "hooks.example.org")).status, 202) << "a name is fine with tokens";
    EXPECT_EQ(ask(as("shop")).status, 202);
    EXPECT_EQ(queue_.stored.back().event->tenant, "acme");
    auto other = as("shop");
    other.body = R"({"type":"case.a","data":1,"tenant":"default"})";
    EXPECT_EQ(ask(other).status, 403);
    other.body = R"({"type":"case.a","data":1,"tenant":"acme"})";
    EXPECT_EQ(ask(other).status, 202);
}

TEST_F(service_test, traceparent_is_taken_in_its_form_only) {
    const auto event = post(R"({"type":"case.a","data":1})");
    const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const auto taken = [&](const std::string& value) {
        EXPECT_EQ(ask(with(event, "traceparent", value)).status, 202);
        return queue_.stored.back().event->traceparent;
    };
    EXPECT_EQ(taken(good), good);
    for (const std::string odd : {"", "x", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                  "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                  "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                  "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"})
        EXPECT_EQ(taken(odd), "") << odd;
}

TEST_F(service_test, a_batch_is_one_call_and_has_a_result_for_each) {
    queue_.answers = {{queue::enqueue_status::stored, 2}, {queue::enqueue_status::conflict, 0}};
    const auto answer =
        ask(batch(R"([{"type":"case.created","data":1,"id":"a"},{"type":" "},{"type":"none","data":0},)"
                  R"({"type":"case.a","data":1,"id":"b"}])"));
    EXPECT_EQ(answer.status, 207);
    EXPECT_EQ(queue_.calls, 1);
    const auto results = json::parse(answer.body)["results"];
    ASSERT_EQ(results.size(), 4U);
    EXPECT_EQ(results[0], json::parse(R"({"status":202,"id":"a","deliveries":2})"));
    EXPECT_EQ(results[1]["status"], 422);
    EXPECT_EQ(results[1]["error"]["errors"].size(), 2U);
    EXPECT_EQ(results[2]["deliveries"], 0);
    EXPECT_EQ(results[3]["status"], 409);
    EXPECT_EQ(results[3]["error"]["code"], "id_conflict");
}

TEST_F(service_test, a_batch_that_was_accepted_whole_is_202) {
    const auto answer =
        ask(with(batch("{\"type\":\"case.a\",\"data\":1}\n\n{\"type\":\"case.b\",\"data\":[]}\n"),
                 "Content-Type", "application/x-ndjson; charset=utf-8"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(json::parse(answer.body)["results"].size(), 2U);
    queue_.answers = {{queue::enqueue_status::unavailable, 0}};
    const auto failed = ask(batch(R"([{"type":"case.a","data":1}])"));
    EXPECT_EQ(failed.status, 207);
    EXPECT_EQ(header(failed, "Retry-After"), "1");
}

TEST_F(service_test, faults_of_a_whole_batch) {
    EXPECT_EQ(ask(batch("[")).status, 400);
    EXPECT_EQ(ask(batch("[]")).status, 422);
    EXPECT_EQ(ask(batch("{}")).status, 422);
    EXPECT_EQ(ask(batch("[1,2,3,4,5,6]")).status, 413);
    EXPECT_EQ(queue_.calls, 0);
}

TEST_F(service_test, a_view_swapped_after_admission_is_asked_again) {
    auto event = post(R"({"type":"case.a","data":1})");
    ASSERT_TRUE(service_.admit(event, {}));
    use_tokens({token("shop", access::scope::ingest)});
    boost::asio::io_context context;
    auto answer = boost::asio::co_spawn(context, service_.handle(event), boost::asio::use_future);
    context.run();
    EXPECT_EQ(answer.get().status, 401);
}

TEST_F(service_test, is_closed_until_it_has_a_view) {
    service fresh(queue_, metrics_, random_, time_);
    EXPECT_EQ(fresh.admit(post("{}"), {}).error().status, 503);
    fresh.set_open(true);
    EXPECT_EQ(fresh.admit(post("{}"), {}).error().status, 503) << "nothing is matched on no configuration";
}

}  // namespace
}  // namespace postrider::intake
