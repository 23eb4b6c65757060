#include "listener.h"

#include "network.h"
#include "pem.h"
#include "values.h"

#include <utility>

namespace postrider::config {
namespace {

void warn(const reading& reading, const item& at, const std::string& what, settings& settings) {
    settings.warnings.push_back({reading.faults.file_name(at.at.file), at.at.line, at.at.column,
                                 '"' + std::string(at.name) + "\" " + what});
}

/// The content of a file whose path was just found good; a fault when it went meanwhile.
std::string content_of(reading& reading, const section& tls, std::string_view key, const std::string& path) {
    if (path.empty()) return {};
    auto content = read_pem(path);
    if (content) return std::move(*content);
    add_fault(reading, *tls.find(key), content.error());
    return {};
}

std::optional<listener_tls> read_files(reading& reading, const item& map, const section& tls) {
    listener_tls read;
    const auto path = [&](pem_content content) {
        return [&reading, content](const item& value) { return read_pem_path(reading, value, content); };
    };
    for (const std::string_view needed : {"cert_file", "key_file"})
        if (!tls.find(needed)) add_missing(reading, map, needed);
    take(tls, "cert_file", read.cert_file, path(pem_content::certificates));
    take(tls, "key_file", read.key_file, path(pem_content::private_key));
    take(tls, "client_ca_file", read.client_ca_file, path(pem_content::certificates));
    for (const std::string_view key : {"cert_file", "key_file", "client_ca_file"}) {
        const auto value = tls.find(key);
        // A variable that is empty where it must not be would be a listener without what was meant.
        const auto text = value ? read_text(reading, *value) : std::nullopt;
        if (text && text->text.empty()) add_fault(reading, *value, "is empty; allowed is the path of a file");
    }
    read.certificates = content_of(reading, tls, "cert_file", read.cert_file);
    read.key = secret(content_of(reading, tls, "key_file", read.key_file));
    read.client_authorities = content_of(reading, tls, "client_ca_file", read.client_ca_file);
    if (read.certificates.empty() || read.key.empty()) return std::nullopt;
    return read;
}

std::optional<listener_tls> read_listener_tls(reading& reading, const item& map, settings& settings) {
    const auto tls = section::open(reading, map, keys::listener_tls);
    auto read = tls ? read_files(reading, map, *tls) : std::nullopt;
    if (!read) return read;
    if (!key_belongs(read->certificates, read->key.reveal()))
        add_fault(reading, *tls->find("key_file"),
                  "names a key that does not belong to the certificate in \"cert_file\"");
    const auto late = untimely(read->certificates, system_time().wall_now());
    if (!late.empty())
        warn(reading, *tls->find("cert_file"),
             "names a certificate that " + late + ": clients will refuse it", settings);
    return read;
}

/// "127.0.0.1:8080" or {address, tls, allow_cidrs}.
void read_listener(reading& reading, const section& listen, std::string_view key, settings& settings,
                   listener_settings& made) {
    const auto value = listen.find(key);
    if (!value) return;
    const auto address = [&](const item& text) { return read_listen_address(reading, text); };
    if (value->value->what != node::kind::map) {
        take(listen, key, made.address, address);
        return;
    }
    const auto map = section::open(reading, *value, keys::listener);
    take(*map, "address", made.address, address);
    take(*map, "tls", made.tls, [&](const item& tls) { return read_listener_tls(reading, tls, settings); });
    take(*map, "allow_cidrs", made.allow_cidrs, [&](const item& list) { return read_cidrs(reading, list); });
}

/// Where an address is written: in a map of its own, or in place of it.
item address_item(std::string_view key, const node_ptr& value) {
    const auto* inner = value->what == node::kind::map ? find_entry(*value, "address") : nullptr;
    return inner == nullptr ? item{key, value, value->at} : item{"address", inner->value, inner->value->at};
}

}  // namespace

void read_listeners(reading& reading, const section& top, settings& settings) {
    const auto found = top.find("listen");
    const auto listen = found ? section::open(reading, *found, keys::listen) : std::nullopt;
    if (!listen) return;
    read_listener(reading, *listen, "ingest", settings, settings.ingest);
    read_listener(reading, *listen, "admin", settings, settings.admin);
    if (settings.ingest.address == settings.admin.address && settings.ingest.address.port != 0) {
        const auto later = listen->find("admin") ? listen->find("admin") : listen->find("ingest");
        if (later)
            add_fault(reading, *later, "is the address of the other listener too; each needs one of its own");
    }
}

void check_exposure(reading& reading, const section& top, settings& settings) {
    const auto access = top.find("access");
    const bool tokens_written = access && access->value->what == node::kind::map &&
                                find_entry(*access->value, "tokens") != nullptr &&
                                !settings.access.tokens.empty();
    const auto listen = top.find("listen");
    if (!listen || listen->value->what != node::kind::map) return;
    const auto check = [&](std::string_view key, const listener_settings& listener) {
        const auto* entry = find_entry(*listen->value, key);
        if (entry == nullptr || listener.address.is_loopback()) return;
        const auto at = address_item(key, entry->value);
        if (!tokens_written)
            add_fault(reading, at,
                      "is an address off loopback, and \"access.tokens\" is empty; allowed are loopback "
                      "addresses, or any "
                      "with tokens");
        else if (!listener.tls)
            warn(reading, at,
                 "is an address off loopback without TLS: tokens and events go over the network readable, "
                 "unless a proxy in front of it speaks TLS",
                 settings);
    };
    check("ingest", settings.ingest);
    check("admin", settings.admin);
}

}  // namespace postrider::config
