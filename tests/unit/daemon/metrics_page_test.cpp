#include <daemon/metrics_page.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace postrider::daemon {
namespace {

std::future<std::string> ask(metrics_page& page) {
    const auto given = std::make_shared<std::promise<std::string>>();
    page.ask([given](std::string text) { given->set_value(std::move(text)); });
    return given->get_future();
}

TEST(a_page, shows_what_was_counted_before_it_was_asked_for) {
    metrics::registry metrics;
    metrics_page page(metrics);
    for (int n = 1; n <= 20; ++n) {
        metrics.count_duplicate();
        const auto text = ask(page).get();
        EXPECT_NE(text.find("webhook_duplicate_events_total " + std::to_string(n) + '\n'), std::string::npos);
    }
}

TEST(a_page, is_written_on_a_thread_of_its_own) {
    metrics::registry metrics;
    metrics_page page(metrics);
    std::promise<std::thread::id> writer;
    page.ask([&](const std::string&) { writer.set_value(std::this_thread::get_id()); });
    EXPECT_NE(writer.get_future().get(), std::this_thread::get_id());
}

TEST(a_page, is_given_to_everybody_who_waits) {
    metrics::registry metrics;
    metrics_page page(metrics);
    std::vector<std::future<std::string>> answers;
    for (int n = 0; n < 100; ++n)
        answers.push_back(ask(page));
    for (auto& answer : answers)
        EXPECT_FALSE(answer.get().empty());
}

TEST(a_page, that_is_given_up_answers_nobody) {
    metrics::registry metrics;
    std::promise<void> entered;
    std::promise<void> leave;
    std::future<std::string> late;
    std::thread releasing;
    {
        metrics_page page(metrics);
        page.ask([&](const std::string&) {
            entered.set_value();
            leave.get_future().wait();
        });
        entered.get_future().wait();
        late = ask(page);
        releasing = std::thread([&] { leave.set_value(); });
    }
    releasing.join();
    // Written before the end was noticed, or broken off: never stuck.
    EXPECT_EQ(late.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

}  // namespace
}  // namespace postrider::daemon
