#include "answer.h"
#include "embedded_file.h"
#include "route.h"

#include <algorithm>
#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::string_view folder = "/console/";

/// Scripts and styles come from this listener's files and from nowhere else, nothing in the page is run,
/// and no page may frame it. Trusted types make the browser refuse every way of turning text into markup.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

std::string_view content_type_of(std::string_view name) noexcept {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return "text/javascript; charset=utf-8";
}

void put_security_headers(http::response& out) {
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string_view>>{
             {"Content-Security-Policy", content_policy},
             {"X-Content-Type-Options", "nosniff"},
             {"X-Frame-Options", "DENY"},
             {"Referrer-Policy", "no-referrer"},
             {"Cross-Origin-Opener-Policy", "same-origin"},
             {"Cross-Origin-Resource-Policy", "same-origin"},
             {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
             // A daemon of another version has other files under the same names.
             {"Cache-Control", "no-cache"}})
        out.headers.emplace_back(name, value);
}

http::response serve_file(std::string_view name, bool over_tls) {
    const auto files = console_files();
    const auto found = std::ranges::find(files, name, &embedded_file::name);
    if (found == files.end()) return not_found("file");
    http::response out;
    out.content_type = content_type_of(name);
    out.body = found->text;
    put_security_headers(out);
    // Only here: a browser would keep to it for everything of this host.
    if (over_tls) out.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
    return out;
}

asio::awaitable<http::response> show_console(call asked) {
    co_return serve_file("index.html", asked.request.over_tls);
}

asio::awaitable<http::response> show_console_file(call asked) {
    co_return serve_file(std::string_view(asked.request.path).substr(folder.size()), asked.request.over_tls);
}

// The files hold no data: what the page shows, it asks of the API with the user's token.
constexpr std::array routes{
    route{"GET", "/", audience::anyone, tenants::admitted, body::ignored, show_console},
    route{"GET", "/console/{file}", audience::anyone, tenants::admitted, body::ignored, show_console_file},
    route{"GET", "/console/{folder}/{file}", audience::anyone, tenants::admitted, body::ignored,
          show_console_file},
};

}  // namespace

std::span<const route> console_routes() {
    return routes;
}

}  // namespace postrider::admin
