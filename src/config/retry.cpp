#include "endpoint.h"

#include <postrider/retry/decision.h>

#include <algorithm>
#include <array>

namespace postrider::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint64_t max_retries = 1000;
constexpr milliseconds least_delay(10);
constexpr milliseconds longest_delay = hours(24 * 30);
constexpr std::size_t max_codes = 300;

constexpr std::array<std::string_view, 4> exponential_keys{"max_attempts", "initial_delay_seconds",
                                                           "backoff_multiplier", "max_delay_seconds"};

std::vector<milliseconds> read_exponential(reading& reading, const section& retry) {
    std::uint32_t max_attempts = 5;
    milliseconds initial = seconds(60);
    double multiplier = 2;
    milliseconds max_delay = hours(1);
    const auto delay = [&](const item& value) {
        return read_seconds(reading, value, least_delay, longest_delay);
    };
    take(retry, "max_attempts", max_attempts,
         [&](const item& value) { return read_whole(reading, value, 0, max_retries); });
    take(retry, "initial_delay_seconds", initial, delay);
    take(retry, "backoff_multiplier", multiplier,
         [&](const item& value) { return read_number(reading, value, 1, 1000); });
    take(retry, "max_delay_seconds", max_delay, delay);
    return retry::exponential_table(max_attempts, initial, multiplier, max_delay);
}

std::optional<std::vector<milliseconds>> read_schedule(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_retries);
    if (!items) return std::nullopt;
    std::vector<milliseconds> delays;
    for (const auto& one : *items) {
        const auto entry = section::open(reading, one, keys::delay);
        if (!entry) continue;
        const auto delay = entry->find("delay_seconds");
        if (!delay) {
            add_missing(reading, one, "delay_seconds");
        } else if (const auto read = read_seconds(reading, *delay, milliseconds::zero(), longest_delay)) {
            delays.push_back(*read);
        }
    }
    return delays;
}

std::optional<std::vector<std::uint16_t>> read_codes(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_codes);
    if (!items) return std::nullopt;
    std::vector<std::uint16_t> codes;
    for (const auto& one : *items)
        if (const auto code = read_whole(reading, one, 300, 599))
            codes.push_back(static_cast<std::uint16_t>(*code));
    std::ranges::sort(codes);
    const auto repeated = std::ranges::unique(codes);
    codes.erase(repeated.begin(), repeated.end());
    return codes;
}

void read_delays(reading& reading, const section& retry, retry_settings& settings) {
    const auto schedule = retry.find("schedule");
    const auto has_key = [&](std::string_view key) { return retry.find(key).has_value(); };
    const bool exponential = std::ranges::any_of(exponential_keys, has_key);
    if (schedule && exponential)
        add_fault(reading, *schedule,
                  "stands beside keys of the exponential form; allowed is either it or max_attempts, "
                  "initial_delay_seconds, backoff_multiplier and max_delay_seconds");
    if (exponential) settings.delays = read_exponential(reading, retry);
    take(retry, "schedule", settings.delays,
         [&](const item& value) { return read_schedule(reading, value); });
}

void check_codes_differ(reading& reading, const section& retry, const retry_settings& settings) {
    const auto terminal = retry.find("terminal_status_codes");
    const auto retryable = retry.find("retryable_status_codes");
    for (const auto code : settings.terminal_status_codes) {
        if (!std::ranges::binary_search(settings.retryable_status_codes, code)) continue;
        const bool own_retryable = retryable->distance < terminal->distance;
        add_fault(reading, own_retryable ? *retryable : *terminal,
                  "names " + std::to_string(code) + ", which \"" +
                      std::string(own_retryable ? terminal->name : retryable->name) +
                      "\" names too; allowed is one of both");
    }
}

}  // namespace

std::optional<retry_settings> read_retry(reading& reading, const item& map, bool is_defaults) {
    const auto retry = section::open(reading, map, keys::retry);
    if (!retry) return std::nullopt;
    retry_settings settings;
    settings.delays = retry::default_table();
    read_delays(reading, *retry, settings);
    take(*retry, "jitter", settings.jitter, [&](const item& value) { return read_switch(reading, value); });
    const auto codes = [&](const item& value) { return read_codes(reading, value); };
    take(*retry, "retryable_status_codes", settings.retryable_status_codes, codes);
    take(*retry, "terminal_status_codes", settings.terminal_status_codes, codes);
    if (!is_defaults) check_codes_differ(reading, *retry, settings);
    take(*retry, "max_age_seconds", settings.max_age,
         [&](const item& value) { return read_seconds(reading, value, seconds(1), hours(24 * 365)); });
    return settings;
}

}  // namespace postrider::config
