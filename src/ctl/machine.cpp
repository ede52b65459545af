// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/machine.hpp"

#include <sys/utsname.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <format>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace mitosis::ctl {

namespace {

/// Without the line's end; nullopt when it cannot be read.
std::optional<std::string> read(const std::string &path)
{
    std::ifstream file(path);
    if (!file)
        return std::nullopt;
    std::ostringstream content;
    content << file.rdbuf();
    std::string text = std::move(content).str();
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

struct CloseUnpacked {
    void operator()(gzFile file) const { ::gzclose(file); }
};

/// The content before it was compressed, also where it never was; nullopt when it cannot be read.
std::optional<std::string> read_unpacked(const std::string &path)
{
    const std::unique_ptr<gzFile_s, CloseUnpacked> file(::gzopen(path.c_str(), "rb"));
    if (!file)
        return std::nullopt;
    std::string text;
    std::array<char, 16384> part{};
    int bytes = 0;
    while ((bytes = ::gzread(file.get(), part.data(), part.size())) > 0)
        text.append(part.data(), static_cast<std::size_t>(bytes));
    return bytes == 0 ? std::optional(std::move(text)) : std::nullopt;
}

bool exists(const std::string &path)
{
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

std::string kernel_release(const std::string &root)
{
    if (const auto release = read(root + "/proc/sys/kernel/osrelease"))
        return *release;
    utsname names{};
    return ::uname(&names) == 0 ? static_cast<const char *>(names.release) : "";
}

/// "CONFIG_X=y" and "# CONFIG_Y is not set" by line.
std::map<std::string, std::string> parse_options(const std::string &text)
{
    std::map<std::string, std::string> options;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (const std::size_t equals = line.find('='); equals != std::string::npos)
            options[line.substr(0, equals)] = line.substr(equals + 1);
    return options;
}

/// The kernel's own word first: files beside it may be of another build with the same name.
std::optional<std::map<std::string, std::string>> read_options(const std::string &root,
                                                               const std::string &release)
{
    for (const std::string &path :
         {root + "/proc/config.gz", std::format("{}/boot/config-{}", root, release),
          std::format("{}/usr/lib/modules/{}/config", root, release)})
        if (const auto text = read_unpacked(path))
            return parse_options(*text);
    return std::nullopt;
}

/// The file names all modes and puts the one in force into brackets.
std::optional<std::string> read_lockdown(const std::string &root)
{
    const auto text = read(root + "/sys/kernel/security/lockdown");
    if (!text)
        return std::nullopt;
    const std::size_t open = text->find('[');
    return text->substr(open + 1, text->find(']', open) - open - 1);
}

std::optional<unsigned long long> read_bounding_set(const std::string &root)
{
    const auto status = read(root + "/proc/1/status");
    const std::size_t at = status ? status->find("CapBnd:") : std::string::npos;
    if (at == std::string::npos)
        return std::nullopt;
    return std::stoull(status->substr(at + 7), nullptr, 16);
}

bool is_masked(const std::string &root, const std::string &unit)
{
    return std::ranges::any_of(std::array{"/etc", "/run"}, [&](const char *folder) {
        std::error_code ignored; // there is no link
        return std::filesystem::read_symlink(root + folder + "/systemd/system/" + unit, ignored) ==
               "/dev/null";
    });
}

} // namespace

std::string read_attached(const std::string &root)
{
    return read(root + "/sys/kernel/sched_ext/root/ops").value_or("");
}

Machine read_machine(const std::string &root)
{
    Machine machine;
    machine.release = kernel_release(root);
    machine.options = read_options(root, machine.release);
    machine.has_btf = exists(root + "/sys/kernel/btf/vmlinux");
    machine.sched_ext_state = read(root + "/sys/kernel/sched_ext/state");
    machine.attached = read_attached(root);
    machine.lockdown = read_lockdown(root);
    const auto controllers = read(root + "/sys/fs/cgroup/cgroup.controllers");
    machine.has_cgroup2 = controllers.has_value();
    machine.controllers = controllers.value_or("");
    machine.bounding_set = read_bounding_set(root);
    machine.has_smt = read(root + "/sys/devices/system/cpu/smt/active") == "1";
    machine.nohz_full = read(root + "/sys/devices/system/cpu/nohz_full").value_or("");
    if (machine.nohz_full == "(null)") // what the kernel writes for none
        machine.nohz_full.clear();
    machine.has_polkit =
        exists(root + "/usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service");
    machine.polkit_is_masked = is_masked(root, "polkit.service");
    machine.has_unit = exists(root + "/usr/lib/systemd/system/scx-mitosis.service") ||
                       exists(root + "/etc/systemd/system/scx-mitosis.service");
    return machine;
}

} // namespace mitosis::ctl
