#include "aes_gcm.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/catalog/sealer.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace postrider::catalog {

namespace {

// Part of the store's format.
constexpr char format = 1;
constexpr std::size_t id_bytes = 4;
constexpr std::size_t head_bytes = 1 + id_bytes;
constexpr std::size_t least_bytes = head_bytes + gcm_nonce_bytes + gcm_tag_bytes;

std::string head_of(const secret& key) {
    const sha256_digest digest = sha256({key.reveal()});
    std::string head(1, format);
    head.append(reinterpret_cast<const char*>(digest.data()), id_bytes);
    return head;
}

/// The head is bound too, so that nobody can turn the format or the key's id into another one. Its length is
/// fixed: no context can be mistaken for part of it.
std::string bound_data(std::string_view head, std::string_view context) {
    return std::string(head).append(context);
}

gcm_nonce make_nonce(random_source& random) {
    const std::uint64_t words[] = {random.next(), random.next()};
    gcm_nonce nonce;
    std::memcpy(nonce.data(), words, nonce.size());
    return nonce;
}

bool has_form(std::string_view sealed) {
    return sealed.size() >= least_bytes && sealed.front() == format;
}

}  // namespace

sealer::sealer(std::vector<secret> keys) : keys_(std::move(keys)) {
    for (const secret& key : keys_)
        if (key.reveal().size() != key_bytes) throw std::invalid_argument("a sealing key has 32 bytes");
}

std::string sealer::seal(std::string_view text, std::string_view context, random_source& random) const {
    if (keys_.empty()) throw std::logic_error("nothing can be sealed without a key");
    std::string sealed = head_of(keys_.front());
    const gcm_nonce nonce = make_nonce(random);
    const std::string encrypted = encrypt_gcm(keys_.front(), nonce, bound_data(sealed, context), text);
    sealed.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
    return sealed.append(encrypted);
}

expected<secret, std::string> sealer::open(std::string_view sealed, std::string_view context) const {
    if (!has_form(sealed))
        return unexpected<std::string>("it is not in the form of a text sealed by this version");
    const std::string_view head = sealed.substr(0, head_bytes);
    const auto nonce = bytes_of(sealed.substr(head_bytes, gcm_nonce_bytes));
    const std::string_view encrypted = sealed.substr(head_bytes + gcm_nonce_bytes);
    bool known = false;
    for (const secret& key : keys_) {
        if (head_of(key) != head) continue;
        known = true;
        auto text = decrypt_gcm(key, nonce, bound_data(head, context), encrypted);
        if (text) return std::move(*text);
    }
    if (known) return unexpected<std::string>("it was changed since it was sealed, or belongs elsewhere");
    return unexpected<std::string>("it was sealed with a key that is not configured (key id " +
                                   key_id_of(sealed) + "); put that key among encryption.previous_keys");
}

bool sealer::is_outdated(std::string_view sealed) const noexcept {
    return !keys_.empty() && has_form(sealed) && sealed.substr(0, head_bytes) != head_of(keys_.front());
}

std::vector<std::string> sealer::key_ids() const {
    std::vector<std::string> ids;
    for (const secret& key : keys_)
        ids.push_back(to_hex(bytes_of(std::string_view(head_of(key)).substr(1))));
    return ids;
}

std::string sealer::key_id_of(std::string_view sealed) {
    return has_form(sealed) ? to_hex(bytes_of(sealed.substr(1, id_bytes))) : std::string();
}

}  // namespace postrider::catalog
