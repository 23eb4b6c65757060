#include <postrider/catalog/sealer.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace postrider::catalog {

namespace {

class descriptor {
 public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    [[nodiscard]] int get() const { return number_; }
    [[nodiscard]] bool open() const { return number_ >= 0; }

 private:
    int number_;
};

unexpected<std::string> failure(const std::string& what, const std::string& path, int error) {
    return unexpected<std::string>(what + " " + path + ": " + std::generic_category().message(error));
}

secret make_key(random_source& random) {
    std::string bytes(sealer::key_bytes, '\0');
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t word = random.next();
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    return secret(std::move(bytes));
}

bool write_whole(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    const descriptor opened(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened.open() && ::fsync(opened.get()) == 0;
}

/// Written under another name and then linked: whoever sees the file sees all of it, also after a crash, and
/// of two who make it at once one wins and both read the winner's.
expected<void, std::string> make_file(const std::string& path, random_source& random) {
    const std::string draft = path + "." + random_id(random);
    const descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.open()) return failure("cannot make the key file", path, errno);
    int error = 0;
    const secret key = make_key(random);
    if (!write_whole(file.get(), key.reveal()) || ::fsync(file.get()) != 0) error = errno;
    if (error == 0 && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) error = errno;
    ::unlink(draft.c_str());
    if (error == 0 && !sync_folder_of(path)) error = errno;
    if (error != 0) return failure("cannot make the key file", path, error);
    return {};
}

expected<secret, std::string> read_key(const descriptor& file, const std::string& path) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return failure("cannot read the key file", path, errno);
    if (!S_ISREG(status.st_mode))
        return unexpected<std::string>("the key file " + path + " is not a regular file");
    if ((status.st_mode & 077) != 0)
        return unexpected<std::string>("the key file " + path +
                                       " can be used by others than its owner; set its mode to 0600");
    if (status.st_size != static_cast<off_t>(sealer::key_bytes))
        return unexpected<std::string>("the key file " + path + " has " + std::to_string(status.st_size) +
                                       " bytes where a key has 32");
    std::string bytes(sealer::key_bytes, '\0');
    const auto got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
    const int error = got < 0 ? errno : EIO;
    secret key(std::move(bytes));
    if (got != static_cast<ssize_t>(sealer::key_bytes))
        return failure("cannot read the key file", path, error);
    return key;
}

}  // namespace

expected<secret, std::string> open_key_file(const std::string& path, random_source& random) {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    {
        const descriptor file(::open(path.c_str(), flags));
        if (file.open()) return read_key(file, path);
        if (errno != ENOENT) return failure("cannot read the key file", path, errno);
    }
    const auto made = make_file(path, random);
    if (!made) return unexpected<std::string>(made.error());
    const descriptor file(::open(path.c_str(), flags));
    if (!file.open()) return failure("cannot read the key file", path, errno);
    return read_key(file, path);
}

}  // namespace postrider::catalog
