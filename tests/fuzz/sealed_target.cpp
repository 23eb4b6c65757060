// Texts under AES-256-GCM as they are read back from Redis: opened as they were sealed and where they belong,
// or not at all.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/base/random.h>
#include <postrider/catalog/sealer.h>

#include <string>

namespace postrider::fuzz {
namespace {

class same_random final : public random_source {
 public:
    [[nodiscard]] std::uint64_t next() override { return 7; }
};

const catalog::sealer& keys() {
    static const catalog::sealer both({secret(std::string(32, 'n')), secret(std::string(32, 'o'))});
    return both;
}

}  // namespace
}  // namespace postrider::fuzz

/// The input as a sealed text, and as one that is sealed and then changed.
FUZZ_TARGET(sealed) {
    using namespace postrider;
    using namespace postrider::fuzz;
    if (const auto opened = keys().open(input, "ep_one"))
        HOLDS(catalog::sealer({secret(std::string(32, 'n'))}).open(input, "ep_one") ||
              keys().is_outdated(input));
    same_random random;
    const auto sealed = keys().seal(input, "ep_one", random);
    const auto opened = keys().open(sealed, "ep_one");
    HOLDS(opened && opened->reveal() == input && !keys().is_outdated(sealed));
    HOLDS(!keys().open(sealed, "ep_two"));
    input_random where(input);
    auto changed = sealed;
    changed[where.up_to(changed.size() - 1)] ^= static_cast<char>(1U << where.up_to(7));
    HOLDS(!keys().open(changed, "ep_one"));
    HOLDS(!keys().open(std::string_view(sealed).substr(0, where.up_to(sealed.size() - 1)), "ep_one"));
}
