#include "daemon_settings.h"
#include "defaults.h"
#include "document.h"
#include "endpoint.h"
#include "source.h"
#include "values.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/base/wiping.h>

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <unordered_map>

namespace postrider::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_bytes = 64 * 1024 * 1024;  // of all files together
constexpr std::size_t max_files = 100'000;
constexpr std::size_t max_endpoints = 100'000;
constexpr std::size_t max_patterns = 1000;
constexpr std::size_t max_include_depth = 16;

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

/// The folder of a pattern without what glob would read into its name.
std::string escape(const std::string& folder) {
    std::string escaped;
    for (const char c : folder) {
        if (std::string_view("*?[]\\").find(c) != std::string_view::npos) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// The matches in the order of their bytes, whatever the locale says.
std::vector<std::string> find_matches(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    std::ranges::sort(paths);
    return paths;
}

/// The folder in which a new file could come to match: all parts before the first with a wildcard.
fs::path watched_folder(const fs::path& pattern) {
    fs::path folder;
    for (const auto& part : pattern.parent_path()) {
        if (has_wildcard(part.string())) break;
        folder /= part;
    }
    return folder.empty() ? fs::path(".") : folder;
}

/// What one file passes on to those that it includes.
struct inheritance {
    node_ptr defaults;
    std::vector<std::string> chain;  ///< canonical paths of the files that led here, itself included
};

class loader {
 public:
    explicit loader(const environment& environment)
        : references_(environment), reading_{faults_, references_, {}} {}

    expected<settings, std::vector<fault>> load(const std::string& file) {
        load_main(file);
        if (!faults_.empty()) return unexpected<std::vector<fault>>(faults_.sorted());
        for (auto path : references_.paths())
            watched_.insert(std::move(path));
        watch_certificates(settings_.ingest);
        watch_certificates(settings_.admin);
        settings_.files.assign(watched_.begin(), watched_.end());
        return std::move(settings_);
    }

 private:
    void watch_certificates(const listener_settings& listener) {
        if (!listener.tls) return;
        for (const auto& path :
             {listener.tls->cert_file, listener.tls->key_file, listener.tls->client_ca_file})
            if (!path.empty()) watched_.insert(path);
    }

    void load_main(const std::string& file) {
        const auto number = faults_.add_file(file);
        const auto root = read_document(file, number);
        if (!root) return;
        if (root->what != node::kind::map && root->what != node::kind::null) {
            faults_.add(root->at, "a configuration must be a map, such as webhooks: […]");
            return;
        }
        const auto top = section::open(reading_, {"configuration", root, root->at}, keys::top);
        read_daemon_settings(reading_, *top, settings_);
        read_file_content(file, *top, {nullptr, {canonical(file)}});
    }

    void load_included(const std::string& file, const item& from, const inheritance& inherited) {
        const auto path = canonical(file);
        if (std::ranges::find(inherited.chain, path) != inherited.chain.end())
            return add_fault(
                reading_, from,
                "leads back to " + file + ", which is being read; includes must not go round in a circle");
        if (!loaded_.insert(path).second) return;
        if (inherited.chain.size() > max_include_depth)
            return add_fault(reading_, from, "is nested too deep; allowed are 16 levels");
        if (loaded_.size() > max_files) return add_fault(reading_, from, "makes more than 100000 files");
        const auto number = faults_.add_file(file);
        const auto root = read_document(file, number);
        if (!root) return;
        if (root->what != node::kind::map && root->what != node::kind::null) {
            faults_.add(root->at,
                        "an included file must be a map with the keys: include, defaults, webhook, webhooks");
            return;
        }
        const auto content = without_daemon_keys(root);
        const auto top = section::open(reading_, {"included file", content, content->at}, keys::included);
        inheritance own = inherited;
        own.chain.push_back(path);
        read_file_content(file, *top, own);
    }

    /// Settings of the daemon are known keys, in the wrong file: that is what the fault says.
    node_ptr without_daemon_keys(const node_ptr& root) {
        auto kept = std::make_shared<node>(*root);
        std::erase_if(kept->entries, [&](const map_entry& entry) {
            const auto in = [&](key_list list) { return std::ranges::find(list, entry.key) != list.end(); };
            if (!in(keys::top) || in(keys::included)) return false;
            faults_.add(entry.key_at, '"' + entry.key +
                                          "\" belongs into the main file; an included one may have include, "
                                          "defaults, webhook and webhooks");
            return true;
        });
        return kept;
    }

    node_ptr read_document(const std::string& file, std::uint32_t number) {
        watched_.insert(file);
        const auto text = read_file(file, max_bytes);
        if (!text) {
            faults_.add({number, 0, 0}, "the file " + text.error());
            return nullptr;
        }
        bytes_ += text->size();
        const auto digest = sha256({settings_.hash, *text});
        settings_.hash = to_hex(std::span(digest).first(8));
        if (bytes_ > max_bytes) {
            faults_.add({number, 0, 0}, "the files are too large; allowed are 64 MiB in all");
            return nullptr;
        }
        const auto odd = find_unprintable(*text);
        if (odd == std::string::npos) return parse_document(*text, number, faults_);
        const auto before = std::string_view(*text).substr(0, odd);
        const auto line = 1 + std::ranges::count(before, '\n');
        const auto column = odd - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
        faults_.add({number, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column)},
                    "a byte that is no printable UTF-8; allowed are UTF-8 text, tabs and line ends");
        return nullptr;
    }

    void read_file_content(const std::string& file, const section& top, inheritance inherited) {
        if (const auto defaults = top.find("defaults")) {
            (void)read_endpoint(reading_, {*defaults, {}, {}, true});
            const bool is_map = defaults->value->what == node::kind::map;
            if (is_map) inherited.defaults = lay_over(defaults->value, inherited.defaults);
        }
        read_endpoints(file, top, inherited.defaults);
        const auto include = top.find("include");
        const auto patterns = include ? read_list(reading_, *include, max_patterns) : std::nullopt;
        if (!patterns) return;
        for (const auto& pattern : *patterns)
            include_pattern(file, pattern, inherited);
    }

    void read_endpoints(const std::string& file, const section& top, const node_ptr& defaults) {
        const auto single = top.find("webhook");
        const auto several = top.find("webhooks");
        if (single && several)
            add_fault(reading_, *single,
                      "stands beside \"webhooks\"; allowed is one of both: put it into the list");
        if (single) add_endpoint(*single, fs::path(file).stem().string(), defaults);
        const auto items = several ? read_list(reading_, *several, max_endpoints) : std::nullopt;
        if (!items) return;
        if (settings_.endpoints.size() + items->size() > max_endpoints)
            return add_fault(reading_, *several, "makes too many endpoints; allowed are 100000 in all");
        for (const auto& one : *items)
            add_endpoint(one, {}, defaults);
    }

    void add_endpoint(const item& entry, std::string default_id, const node_ptr& defaults) {
        if (settings_.endpoints.size() >= max_endpoints)
            return add_fault(reading_, entry, "makes too many endpoints; allowed are 100000 in all");
        endpoint_source source{entry, std::move(default_id), settings_.egress.allow_ports, false};
        if (entry.value->what == node::kind::map) source.entry.value = lay_over(entry.value, defaults);
        auto made = read_endpoint(reading_, source);
        if (!made.id.empty()) remember_id(made.id, entry);
        settings_.endpoints.push_back(std::make_shared<const endpoint>(std::move(made)));
    }

    void remember_id(const std::string& id, const item& entry) {
        const auto* written = entry.value->what == node::kind::map ? find_entry(*entry.value, "id") : nullptr;
        const auto at = written != nullptr ? written->value->at : entry.at;
        const auto [first, is_new] = ids_.try_emplace(id, at);
        if (is_new) return;
        const bool as_written = written == nullptr || written->value->text == id;
        faults_.add(at, "the endpoint's id " + (as_written ? '"' + id + "\" " : std::string()) +
                            "is taken already, at " + faults_.describe(first->second) +
                            "; allowed is each id once over all files and tenants");
    }

    void include_pattern(const std::string& file, const item& pattern, const inheritance& inherited) {
        const auto text = read_text(reading_, pattern);
        if (!text) return;
        if (text->text.empty())
            return add_fault(reading_, pattern,
                             "is empty; allowed are paths and patterns such as subscriptions.d/*.yaml");
        const auto folder = fs::path(file).parent_path();
        const fs::path written(text->text);
        const auto whole = written.is_absolute() ? written : folder / written;
        watched_.insert(watched_folder(whole).string());
        const auto escaped =
            written.is_absolute() ? written.string() : (fs::path(escape(folder.string())) / written).string();
        const auto paths =
            has_wildcard(text->text) ? find_matches(escaped) : std::vector<std::string>{whole.string()};
        std::error_code none;
        for (const auto& path : paths) {
            if (has_wildcard(text->text) && fs::is_directory(path, none)) continue;
            if (has_wildcard(text->text)) watched_.insert(fs::path(path).parent_path().string());
            if (!fs::exists(path, none)) {
                refuse_value(reading_, pattern, *text,
                             "a file that exists, or a pattern with a wildcard, which may match nothing");
                continue;
            }
            load_included(path, pattern, inherited);
        }
    }

    static std::string canonical(const std::string& file) {
        std::error_code failed;
        const auto path = fs::canonical(file, failed);
        return failed ? file : path.string();
    }

    report faults_;
    references references_;
    reading reading_;
    settings settings_;
    std::set<std::string> watched_;
    std::set<std::string> loaded_;  ///< canonical paths of included files: two patterns may match the same
    std::unordered_map<std::string, position> ids_;
    std::size_t bytes_ = 0;
};

}  // namespace

expected<settings, std::vector<fault>> load(const std::string& file, const environment& environment) {
    const wiping_scope scope;
    return loader(environment).load(file);
}

}  // namespace postrider::config
