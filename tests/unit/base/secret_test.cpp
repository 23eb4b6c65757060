#include <postrider/base/secret.h>

#include <gtest/gtest.h>
#include <malloc.h>
#include <string.h>

#include <cstdlib>
#include <new>
#include <ostream>
#include <utility>

namespace {

constexpr std::string_view marker = "do-not-leave-me";  // 15 bytes: fits into a short string
bool watching = false;
int tainted_frees = 0;

void free_and_look(void* block) noexcept {
    if (watching && block != nullptr &&
        ::memmem(block, ::malloc_usable_size(block), marker.data(), marker.size()) != nullptr) {
        ++tainted_frees;
    }
    std::free(block);
}

}  // namespace

void* operator new(std::size_t size) {
    void* const block = std::calloc(1, size);  // so that what is found was written by its user
    if (block == nullptr) throw std::bad_alloc();
    return block;
}
void operator delete(void* block) noexcept {
    free_and_look(block);
}
void operator delete(void* block, std::size_t) noexcept {
    free_and_look(block);
}

namespace postrider {
namespace {

template <typename Type>
concept shown = requires(std::ostream& out, const Type& value) {
    out << value;
};
static_assert(!shown<secret>);
static_assert(shown<std::string>);

std::string long_text() {
    return std::string(marker) + std::string(100, '.') + std::string(marker);
}

/// How many freed blocks held the marker while `act` ran.
template <typename Act>
int leftovers(Act act) {
    tainted_frees = 0;
    watching = true;
    act();
    watching = false;
    return tainted_frees;
}

TEST(wiping, is_seen_when_it_does_not_happen) {
    EXPECT_GT(leftovers([] { const std::string plain = long_text(); }), 0);
}

TEST(wiping, happens_at_the_end) {
    auto text = long_text();
    EXPECT_EQ(leftovers([&] { const secret kept(std::move(text)); }), 0);
}

TEST(wiping, happens_on_assignments) {
    secret first(long_text());
    secret second(long_text() + "longer");
    const secret small("x");
    EXPECT_EQ(leftovers([&] {
                  first = second;
                  second = small;
                  first = std::move(second);
                  secret third(first);
                  third = secret(std::string(500, 'y'));
              }),
              0);
    EXPECT_EQ(first.reveal(), "x");
}

TEST(wiping, covers_the_end_of_a_longer_predecessor) {
    secret kept(long_text());
    EXPECT_EQ(leftovers([&] {
                  kept = secret("short");
                  kept = secret();
              }),
              0);
    EXPECT_TRUE(kept.empty());
}

/// Whether the object's own bytes hold the marker: short strings live there. Clearing a string overwrites
/// its first byte, and that is not wiping.
bool holds_marker(const void* object, std::size_t size) {
    const auto end = marker.substr(1);
    return ::memmem(object, size, end.data(), end.size()) != nullptr;
}

TEST(wiping, reaches_short_strings_at_the_end) {
    alignas(secret) unsigned char place[sizeof(secret)];
    auto* const kept = new (place) secret(std::string(marker));
    ASSERT_TRUE(holds_marker(place, sizeof(place)));
    kept->~secret();
    EXPECT_FALSE(holds_marker(place, sizeof(place)));
}

TEST(wiping, reaches_short_strings_that_were_moved) {
    secret from{std::string(marker)};
    const secret to(std::move(from));
    EXPECT_FALSE(holds_marker(&from, sizeof(from)));
    EXPECT_EQ(to.reveal(), marker);

    secret again{std::string(marker)};
    secret target("something else");
    target = std::move(again);
    EXPECT_FALSE(holds_marker(&again, sizeof(again)));
    EXPECT_EQ(target.reveal(), marker);
}

TEST(wiping, reaches_a_short_string_whose_place_was_given_up) {
    secret kept{std::string(marker)};
    kept = secret(std::string(500, 'y'));  // lies elsewhere; the object keeps the end of the old text's place
    const auto end = marker.substr(8);
    EXPECT_EQ(::memmem(&kept, sizeof(kept), end.data(), end.size()), nullptr);
}

TEST(secret, survives_assignment_to_itself) {
    secret kept("value");
    secret& same = kept;
    kept = same;
    EXPECT_EQ(kept.reveal(), "value");
    kept = std::move(same);
    EXPECT_EQ(kept.reveal(), "value");
}

TEST(secret, compares_by_value) {
    EXPECT_EQ(secret("a"), secret("a"));
    EXPECT_FALSE(secret("a") == secret("b"));
    EXPECT_FALSE(secret("a") == secret());
    EXPECT_TRUE(secret().empty());
}

}  // namespace
}  // namespace postrider
