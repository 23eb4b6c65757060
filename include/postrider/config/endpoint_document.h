#pragma once

#include <postrider/base/expected.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Endpoints as the API takes and shows them: JSON objects with the keys that an endpoint has in YAML.
namespace postrider::config {

/// What is wrong with one field, and what is allowed; no secret in it.
struct document_fault {
    /// Dotted, such as "retry.schedule[2].delay_seconds", also of a key that is missing; empty: the document
    /// as a whole. A key that looks like a secret, or like no name, is "***".
    std::string field;
    std::string message;
    [[nodiscard]] bool operator==(const document_fault&) const = default;
};

struct document_rules {
    std::string id;  ///< made by the caller: the document may not name one
    std::string tenant = "default";
    std::vector<std::uint16_t> allow_ports;
    bool allow_cidrs = false;  ///< whether the document may have that key
};

/// Reads a document, or gives every fault in it. Settings have the defaults of the program, not those of a
/// file's `defaults`. No reference is replaced: `${X}` and `file:` are what they are. `id`, `tenant` and
/// `tls` are refused, and numbers, texts and switches must have the type of JSON; a whole number may be
/// written `5.0` or `5e0`. A document that cannot be read as a whole (no JSON, a key twice in one object,
/// nesting over 32 levels, a number beyond those of the machine) has one fault, its first. Without
/// authentication `endpoint::authentications` stays empty: the caller makes a secret.
[[nodiscard]] expected<endpoint, std::vector<document_fault>> read_endpoint_document(
    std::string_view json, const document_rules& rules);

/// RFC 7396: `patch` over `json`. Both must be JSON; a patch that is no object is given back.
[[nodiscard]] std::string merge_documents(std::string_view json, std::string_view patch);

/// What an endpoint is set to, every key at its effective value, as a JSON object; secrets are "***".
[[nodiscard]] std::string describe_endpoint(const endpoint& endpoint);

}  // namespace postrider::config
