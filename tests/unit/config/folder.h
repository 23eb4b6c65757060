#pragma once

#include <postrider/config/config.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

inline constexpr const char* good_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A folder of its own for one test, with files and variables to load a configuration from.
class folder {
 public:
    folder() {
        char path[] = "/tmp/postrider-config-XXXXXX";
        if (::mkdtemp(path) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = path;
    }
    ~folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;

    [[nodiscard]] std::string path(std::string_view name = {}) const {
        return name.empty() ? path_ : path_ + '/' + std::string(name);
    }
    std::string write(std::string_view name, std::string_view content) const {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }

    [[nodiscard]] expected<settings, std::vector<fault>> load_file(std::string_view name) const {
        return load(path(name), [this](const std::string& variable) -> std::optional<std::string> {
            const auto found = variables.find(variable);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        });
    }
    [[nodiscard]] expected<settings, std::vector<fault>> load_text(std::string_view text) const {
        write("c.yaml", text);
        return load_file("c.yaml");
    }

    /// The settings of a text that has no fault.
    [[nodiscard]] settings load_good(std::string_view text) const {
        auto loaded = load_text(text);
        if (loaded) return std::move(*loaded);
        for (const auto& one : loaded.error())
            ADD_FAILURE() << one.to_string();
        throw std::runtime_error("faulty configuration");
    }

    /// "line:column: message" of every fault; with the name of the file before it where that is not c.yaml.
    [[nodiscard]] std::vector<std::string> faults_of(std::string_view text) const {
        std::vector<std::string> shown;
        const auto loaded = load_text(text);
        if (!loaded)
            for (const auto& one : loaded.error())
                shown.push_back(without_folder(one.to_string()));
        return shown;
    }

    std::map<std::string, std::string> variables;

 private:
    [[nodiscard]] std::string without_folder(std::string text) const {
        if (text.starts_with(path("c.yaml:"))) text.erase(0, path("c.yaml:").size());
        for (auto at = text.find(path_); at != std::string::npos; at = text.find(path_))
            text.erase(at, path_.size() + 1);
        return text;
    }
    std::string path_;
};

/// One endpoint with what it needs, and `more` in flow style behind it.
inline std::string one_endpoint(std::string_view more) {
    return std::string("webhooks:\n  - {id: a, url: \"https://h.org/\", events: [\"**\"], ") +
           (more.find("secret") == std::string_view::npos &&
                    more.find("authentication") == std::string_view::npos
                ? std::string("secret: ") + good_secret + ", "
                : std::string()) +
           std::string(more) + "}\n";
}

}  // namespace postrider::config
