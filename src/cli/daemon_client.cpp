#include "daemon_client.h"

#include "conversation.h"
#include "host_addresses.h"
#include "json_layout.h"

#include <postrider/base/version.h>
#include <postrider/guard/url.h>
#include <postrider/net/tls_context.h>
#include <postrider/sign/authenticator.h>

#include <utility>

namespace postrider::cli {

namespace {

// The URL names an operator's own daemon: everything that the syntax allows is fine.
constexpr bool allowed = true;

no_answer explain(const std::string& url, const silence& silence) {
    if (silence.sent) return {true, "no answer from " + url + ": " + silence.reason};
    return {false, "cannot reach " + url + ": " + silence.reason +
                       "; start it with `postrider serve` or give --url"};
}

}  // namespace

expected<daemon_client, std::string> daemon_client::make(const client_options& options) {
    if (!options.url.starts_with("http://") && !options.url.starts_with("https://"))
        return unexpected<std::string>("--url: it begins with http:// or https://");
    const guard::url_rules rules{.allow_http = allowed, .allow_private_network = allowed, .allow_ports = {}};
    auto url = guard::parse_url(options.url, rules);
    if (!url) return unexpected<std::string>("--url: " + url.error());
    if (const auto sound = sign::check_header_value(options.token); !sound)
        return unexpected<std::string>("--token: " + sound.error());

    daemon_client client;
    client.url_ = std::move(*url);
    client.shown_url_ = std::string(client.url_.tls ? "https://" : "http://") + client.url_.authority();
    client.token_ = secret(options.token);
    client.timeout_ = options.timeout;
    if (client.url_.tls) {
        auto tls = net::tls_context::make({.ca_file = options.ca_file,
                                           .client_cert_file = options.cert_file,
                                           .client_key_file = options.key_file});
        if (!tls) return unexpected<std::string>("--ca-file, --cert-file or --key-file: " + tls.error());
        client.tls_ = std::move(*tls);
    }
    return client;
}

expected<daemon_answer, no_answer> daemon_client::ask(const daemon_request& request) const {
    const auto addresses = addresses_of(url_);
    if (!addresses) return unexpected<no_answer>(explain(shown_url_, silence{false, addresses.error()}));
    auto answer = converse({.url = url_,
                            .addresses = *addresses,
                            .tls = tls_,
                            .request = render(request, url_, token_),
                            .timeout = timeout_});
    if (!answer) return unexpected<no_answer>(explain(shown_url_, answer.error()));
    return std::move(*answer);
}

std::string render(const daemon_request& request, const http_url& base, const secret& token) {
    // A base of https://example.org/postrider/ means that a proxy in front adds that prefix.
    std::string target = base.target.substr(0, base.target.find('?'));
    while (target.ends_with('/'))
        target.pop_back();

    std::string bytes = request.method + ' ' + target + request.path +
                        " HTTP/1.1\r\nHost: " + base.authority() + "\r\nUser-Agent: postrider-cli/" +
                        version() + "\r\nConnection: close\r\n";
    if (!request.body.empty() || request.method == "POST") {
        bytes += "Content-Type: application/json\r\nContent-Length: " + std::to_string(request.body.size()) +
                 "\r\n";
    }
    if (!token.empty()) bytes.append("Authorization: Bearer ").append(token.reveal()).append("\r\n");
    return bytes.append("\r\n").append(request.body);
}

std::string explain_refusal(const daemon_answer& answer) {
    std::string text = "refused with " + std::to_string(answer.status);
    const auto code = string_member(answer.body, "code");
    const auto detail = string_member(answer.body, "detail");
    if (!code.empty()) text += ' ' + code;
    if (!detail.empty()) text += ": " + detail;
    if (code.empty() && detail.empty()) text += ", not by Postrider as it seems; is --url right?";
    if (answer.status == 401 || answer.status == 403)
        text += "; give a token with --token or POSTRIDER_TOKEN";
    if (!answer.retry_after.empty()) text += "; try again in " + answer.retry_after + " s";
    return text;
}

}  // namespace postrider::cli
