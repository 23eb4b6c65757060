#include "greeting.h"

#include <utility>

namespace postrider::redis {

namespace {
constexpr std::size_t longest_quote = 200;
}

greeting::greeting(const location& where) : password_(where.password) {
    if (!where.username.empty())
        add("AUTH", weight::needed, command("AUTH", where.username, where.password.reveal()));
    else if (!where.password.empty())
        add("AUTH", weight::needed, command("AUTH", where.password.reveal()));
    if (where.database != 0) add("SELECT", weight::needed, command("SELECT", where.database));
}

void greeting::add(const char* name, weight importance, command text) {
    commands_.push_back(std::move(text));
    expected_.push_back({name, importance});
}

std::string greeting::refusal(std::size_t index, const reply& answer, bool last_words) const {
    const auto& [name, importance] = expected_[index];
    if (importance == weight::master && !answer.is_error() && answer[0].text() != "master")
        return "it is no master, but a " + quote(answer[0].text());
    if (!answer.is_error()) return {};
    const bool forbidden = answer.text().starts_with("NOPERM") || answer.text().starts_with("ERR");
    if (importance == weight::polite && forbidden && !last_words) return {};
    return refusal_text(name, answer.text());
}

std::string greeting::refusal_text(std::string_view name, std::string_view answer) const {
    // A server without AUTH answers "unknown command, with args beginning with" the password, or a part of
    // it.
    const bool quotes_us = answer.find("args") != std::string_view::npos;
    const auto code = answer.substr(0, answer.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    return std::string(name) + " refused: " + quote(quotes_us ? code : answer);
}

std::string greeting::quote(std::string_view text) const {
    const std::string_view password = password_.reveal();
    if (!password.empty() && text.find(password) != std::string_view::npos)
        return "text that holds the password";
    return std::string(text.substr(0, longest_quote));
}

greeting greeting_for_use(const location& where, const std::string& name, bool wants_master,
                          const std::vector<command>& preamble) {
    using enum greeting::weight;
    greeting words(where);
    words.add("CLIENT SETNAME", polite, command("CLIENT", "SETNAME", name));
    if (wants_master) words.add("ROLE", master, command("ROLE"));
    for (const command& each : preamble)
        words.add("the preamble", needed, each);
    // Not before it answers is it connected: a server that still loads its data says so here.
    words.add("PING", polite, command("PING"));
    return words;
}

}  // namespace postrider::redis
