#include <postrider/sign/standard_webhooks.h>

#include <benchmark/benchmark.h>

namespace postrider::sign {
namespace {

void sign_with(benchmark::State& state, const secret& text) {
    auto key = signing_key::parse(text);
    if (!key) return state.SkipWithError(key.error().c_str());
    const std::string body(1024, 'x');
    std::string out;
    for (auto _ : state) {
        out.clear();
        key->append_signature("evt_0123456789abcdefghijkl", "1700000000", body, out);
        benchmark::DoNotOptimize(out.data());
    }
}

void hmac(benchmark::State& state) {
    system_random random;
    sign_with(state, make_hmac_secret(random));
}
BENCHMARK(hmac)->Name("signer/v1 (HMAC-SHA256), 1 KiB");

void ed25519(benchmark::State& state) {
    system_random random;
    sign_with(state, make_ed25519_pair(random).private_key);
}
BENCHMARK(ed25519)->Name("signer/v1a (ed25519), 1 KiB");

}  // namespace
}  // namespace postrider::sign
