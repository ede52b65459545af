// SPDX-License-Identifier: GPL-2.0-only
#include "support/interface_members.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace mitosis::test {

namespace {

/// `name="value"` of a tag; "" without it.
std::string_view attribute(std::string_view tag, std::string_view name)
{
    const std::string opening = " " + std::string(name) + "=\"";
    const auto at = tag.find(opening);
    if (at == std::string_view::npos)
        return {};
    const auto begin = at + opening.size();
    return tag.substr(begin, tag.find('"', begin) - begin);
}

/// Walks tag by tag; a member's line grows with its arguments and ends with its closing tag.
class Reader {
public:
    void read(std::string_view tag)
    {
        if (tag.starts_with("interface "))
            interface_ = attribute(tag, "name");
        else if (tag.starts_with("method ") || tag.starts_with("signal "))
            open_member(tag);
        else if (tag.starts_with("property "))
            open_property(tag);
        else if (tag.starts_with("arg "))
            add_argument(tag);
        else if (attribute(tag, "name") == "org.freedesktop.DBus.Property.EmitsChangedSignal")
            mode_ = attribute(tag, "value");
        if (tag.ends_with('/') ? !tag.starts_with("arg ") && !tag.starts_with("annotation ")
                               : tag == "/method" || tag == "/signal" || tag == "/property")
            close();
    }
    [[nodiscard]] const std::set<std::string> &members() const { return members_; }

private:
    void open_member(std::string_view tag)
    {
        line_ = interface_ + " " + std::string(tag.substr(0, 6)) + " " +
                std::string(attribute(tag, "name"));
        mode_.clear();
    }
    void open_property(std::string_view tag)
    {
        line_ = interface_ + " property " + std::string(attribute(tag, "name")) + " " +
                std::string(attribute(tag, "type")) + " " + std::string(attribute(tag, "access"));
        mode_ = "true"; // what the D-Bus specification says of a property without the annotation
    }
    void add_argument(std::string_view tag)
    {
        line_ += attribute(tag, "direction") == "out" ? " -> " : " ";
        line_ += std::string(attribute(tag, "name")) + ":" + std::string(attribute(tag, "type"));
    }
    void close()
    {
        if (line_.starts_with("org.scx."))
            members_.insert(mode_.empty() ? line_ : line_ + " " + mode_);
        line_.clear();
    }

    std::string interface_;
    std::string line_;
    std::string mode_;
    std::set<std::string> members_;
};

} // namespace

std::set<std::string> interface_members(std::string_view xml)
{
    Reader reader;
    for (auto at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
        const bool comment = xml.substr(at).starts_with("<!--");
        const auto end = comment ? xml.find("-->", at) : xml.find('>', at);
        if (end == std::string_view::npos)
            break;
        if (!comment)
            reader.read(xml.substr(at + 1, end - at - 1));
        at = end;
    }
    return reader.members();
}

std::string read_text(const std::string &path)
{
    std::ifstream file(path);
    if (!file) {
        std::cerr << "cannot read " << path << '\n';
        std::abort();
    }
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string required_env(const char *name)
{
    const char *value = std::getenv(name);
    if (value == nullptr) {
        std::cerr << name << " is not set\n";
        std::abort();
    }
    return value;
}

} // namespace mitosis::test
