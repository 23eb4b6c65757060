#include "folder.h"
#include "support/canary.h"

#include <postrider/base/wiping.h>

#include <fcntl.h>
#include <unistd.h>

#include <optional>

namespace postrider::config {
namespace {

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

using memory::canary;
using memory::copies_of;

/// "text$text": a canary stands where the '$' is; a '#' is a '$'.
void write_around(const std::string& path, std::string_view text, const canary& inside) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    for (const char one : text) {
        if (one == '$')
            inside.write_to(file);
        else
            ASSERT_EQ(::write(file, one == '#' ? "$" : &one, 1), 1);
    }
    ::close(file);
}

TEST(ConfigWiping, TheSearchFindsWhatIsThere) {
    const canary planted('P');
    EXPECT_EQ(copies_of(planted), 0U);
    const std::string copy = planted.reveal();
    EXPECT_EQ(copies_of(planted), 1U);
}

TEST(ConfigWiping, WhatAProgramGivesBackWithinAScopeIsGone) {
    const canary left('L');
    const canary wiped('W');
    { const std::string freed(std::string(4096, '.') + left.reveal()); }
    const std::size_t before = copies_of(left);
    {
        const wiping_scope scope;
        const std::string freed(std::string(4096, '.') + wiped.reveal());
    }
    EXPECT_GT(before, 0U) << "without one they stay; else this test shows nothing";
    EXPECT_EQ(copies_of(wiped), 0U);
}

TEST(ConfigWiping, ALoadedConfigurationLeavesNoCopyOfItsSecrets) {
    const folder files;
    const canary token('A');
    const canary written('B');
    const canary bearer('C');
    const canary from_environment('D');
    write_around(files.path("token"), "$", token);
    write_around(files.path("c.yaml"),
                 "access: {tokens: [{name: f, token: 'file:" + files.path("token") +
                     "', scopes: [read]}, {name: w, token: '$', scopes: [read]}]}\n",
                 written);
    write_around(
        files.path("c.yaml"),
        "webhooks: [{id: a, url: 'https://h.org/', events: [x], authentication: [{type: bearer, token: "
        "'$'}, {type: api_key, header: X-Key, key: '#{KEY}'}]}]\n",
        bearer);
    std::optional<settings> loaded;
    {
        auto read = load(files.path("c.yaml"), [&](const std::string&) -> std::optional<std::string> {
            return from_environment.reveal();
        });
        ASSERT_TRUE(read) << read.error().front().to_string();
        loaded.emplace(std::move(*read));
    }
    EXPECT_EQ(copies_of(token), 0U) << "of tokens only the digest is kept";
    EXPECT_EQ(copies_of(written), 0U);
    EXPECT_EQ(copies_of(bearer), 1U) << "what is sent is there once";
    EXPECT_EQ(copies_of(from_environment), 1U);
    loaded.reset();
    EXPECT_EQ(copies_of(bearer), 0U) << "and goes with the configuration";
    EXPECT_EQ(copies_of(from_environment), 0U);
}

#endif

}  // namespace
}  // namespace postrider::config
