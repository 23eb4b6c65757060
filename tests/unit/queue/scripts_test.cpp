#include "queue/scripts.h"

#include <postrider/base/encoding.h>

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <set>
#include <string>
#include <string_view>

namespace postrider::queue {
namespace {

std::string sha1(std::string_view text) {
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return to_hex(digest);
}

TEST(embedded_scripts, carry_the_digest_of_what_is_sent) {
    for (std::size_t index = 0; index < embedded_script_count; ++index)
        EXPECT_EQ(embedded_scripts[index].sha1, sha1(embedded_scripts[index].text))
            << embedded_scripts[index].name;
}

TEST(embedded_scripts, are_found_by_their_names) {
    EXPECT_EQ(embedded_script_count, 36u);
    EXPECT_EQ(text_of(script::acquire).name, "acquire");
    EXPECT_EQ(text_of(script::beat).name, "beat");
    EXPECT_EQ(text_of(script::bury).name, "bury");
    EXPECT_EQ(text_of(script::claim).name, "claim");
    EXPECT_EQ(text_of(script::complete).name, "complete");
    EXPECT_EQ(text_of(script::dead_page).name, "dead_page");
    EXPECT_EQ(text_of(script::depths).name, "depths");
    EXPECT_EQ(text_of(script::drop_history).name, "drop_history");
    EXPECT_EQ(text_of(script::end_waiting).name, "end_waiting");
    EXPECT_EQ(text_of(script::enqueue).name, "enqueue");
    EXPECT_EQ(text_of(script::erase_event).name, "erase_event");
    EXPECT_EQ(text_of(script::erase_queue).name, "erase_queue");
    EXPECT_EQ(text_of(script::erase_records).name, "erase_records");
    EXPECT_EQ(text_of(script::find_delivery).name, "find_delivery");
    EXPECT_EQ(text_of(script::finish_move).name, "finish_move");
    EXPECT_EQ(text_of(script::hand_back).name, "hand_back");
    EXPECT_EQ(text_of(script::history_page).name, "history_page");
    EXPECT_EQ(text_of(script::letters).name, "letters");
    EXPECT_EQ(text_of(script::mark).name, "mark");
    EXPECT_EQ(text_of(script::note_test).name, "note_test");
    EXPECT_EQ(text_of(script::overview).name, "overview");
    EXPECT_EQ(text_of(script::parked_page).name, "parked_page");
    EXPECT_EQ(text_of(script::promote_due).name, "promote_due");
    EXPECT_EQ(text_of(script::purge).name, "purge");
    EXPECT_EQ(text_of(script::reckon).name, "reckon");
    EXPECT_EQ(text_of(script::recover).name, "recover");
    EXPECT_EQ(text_of(script::rehome).name, "rehome");
    EXPECT_EQ(text_of(script::release).name, "release");
    EXPECT_EQ(text_of(script::renew).name, "renew");
    EXPECT_EQ(text_of(script::replay).name, "replay");
    EXPECT_EQ(text_of(script::replay_with_body).name, "replay_with_body");
    EXPECT_EQ(text_of(script::retry_later).name, "retry_later");
    EXPECT_EQ(text_of(script::save_health).name, "save_health");
    EXPECT_EQ(text_of(script::sweep).name, "sweep");
    EXPECT_EQ(text_of(script::waiting_before).name, "waiting_before");
    EXPECT_EQ(text_of(script::waiting_page).name, "waiting_page");
}

const std::set<std::string_view> readers{"dead_page",      "depths",      "find_delivery", "history_page",
                                         "letters",        "overview",    "parked_page",   "reckon",
                                         "waiting_before", "waiting_page"};

// Out of memory, a full queue must be able to drain, and nothing new may come in.
TEST(embedded_scripts, all_but_what_brings_something_in_run_when_memory_is_out) {
    for (std::size_t index = 0; index < embedded_script_count; ++index) {
        const auto& script = embedded_scripts[index];
        const std::string_view first_line = script.text.substr(0, script.text.find('\n'));
        if (script.name == "enqueue" || script.name == "note_test" || script.name == "replay_with_body")
            EXPECT_EQ(first_line, "#!lua");
        else if (readers.contains(script.name))
            EXPECT_EQ(first_line, "#!lua flags=no-writes");
        else
            EXPECT_EQ(first_line, "#!lua flags=allow-oom") << script.name;
    }
}

TEST(embedded_scripts, have_no_include_left) {
    for (std::size_t index = 0; index < embedded_script_count; ++index)
        EXPECT_EQ(embedded_scripts[index].text.find("--@include"), std::string_view::npos);
}

}  // namespace
}  // namespace postrider::queue
